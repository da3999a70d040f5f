// The language's document and the example programs: every block of code marked `fx` in
// docs/effects-language.md is a whole program, and is drawn here, as are examples/effects/*.fx.
// Faces and pictures are those of docs/pictures/effects, which draw.py there makes; a block with a
// picture behind it must draw that picture.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include <stb_image.h>

#include "lib/effects/drawing_test_support.h"
#include "retinue/effects/effects.h"
#include "retinue/effects/syntax.h"
#include "tests/support/testing.h"

namespace retinue {
namespace {

using internal::Picture;
using internal::Program;
using internal::Rgb8;

const std::string kPictures = "docs/pictures/effects/";
constexpr EffectAbilities kAll{.segmentation = true, .iris = true};

std::string InRepository(const std::string& file) {
  return testing::ReadFile(testing::RepositoryFile(file));
}

Picture ReadPng(const std::string& name) {
  const std::string bytes = InRepository(kPictures + name + ".png");
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                            static_cast<int>(bytes.size()), &width, &height, &channels, 3),
      stbi_image_free);
  EXPECT_TRUE(pixels) << name;
  return Picture(width, height, [&](int x, int y) {
    const stbi_uc* p = pixels.get() + (y * width + x) * 3;
    return Rgb8{p[0], p[1], p[2]};
  });
}

// A drawn picture of people, and what the face path would say of them.
struct Scene {
  explicit Scene(const std::string& name) : picture(ReadPng(name)), result(FacesOf(name)) {}

  static FrameResult FacesOf(const std::string& name) {
    FrameResult result;
    result.landmark_count = 478;
    std::istringstream text(InRepository(kPictures + name + ".txt"));
    Landmark mark;
    while (text >> mark.x >> mark.y >> mark.z) result.landmarks.push_back(mark);
    const auto count = static_cast<int>(result.landmarks.size()) / result.landmark_count;
    EXPECT_EQ(result.landmarks.size(), static_cast<std::size_t>(count * result.landmark_count));
    // As the document has it, from left to right.
    const bool is_alone = count == 1;
    const std::array<float, 3> smiles = {is_alone ? 0.8f : 0.2f, 0.9f, 0.5f};
    const std::array<float, 3> rolls = {0, 12, -6};
    for (int i = 0; i < count; ++i) {
      const auto k = static_cast<std::size_t>(i);
      Face face{.id = i + 1, .score = 1, .detail = i};
      face.roll = rolls.at(k);
      face.smile = smiles.at(k);
      face.mouth_open = 0.4f;
      face.leye_open = face.reye_open = 1;
      face.box = Around(result.LandmarksOf(face));
      result.faces.push_back(face);
    }
    return result;
  }

  static Box Around(std::span<const Landmark> marks) {
    const auto [left, right] = std::minmax_element(
        marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    const auto [top, bottom] = std::minmax_element(
        marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
    return {left->x, top->y, right->x - left->x, bottom->y - top->y};
  }

  Picture picture;
  FrameResult result;
};

struct Drawing {
  Picture picture;
  bool drew = false;  // something that could be seen, in the last frame
};

// What a program shows after a second, as in the document.
Drawing DrawnAfterASecond(const std::string& program, const Scene& scene) {
  static const Picture background = ReadPng("background");
  std::vector<std::uint8_t> mask;
  for (int y = 0; y < background.size().height; ++y) {
    for (int x = 0; x < background.size().width; ++x) {
      mask.push_back(static_cast<std::uint8_t>(background.At(x, y)[0]));
    }
  }
  const auto effects = Program(program);
  FrameResult result = scene.result;
  Drawing drawing{scene.picture};
  for (int tenth = 0; tenth <= 10; ++tenth) {
    result.pts = FromSeconds(tenth / 10.0);
    drawing.picture = scene.picture;
    EffectsReport report;
    const auto done =
        effects->Apply(result, drawing.picture.View(),
                       {background.size(), {mask.data(), background.size().width}}, report);
    EXPECT_TRUE(done) << done.error().message;
    drawing.drew = report.draws > 0 && !(drawing.picture == scene.picture);
  }
  return drawing;
}

struct Block {
  int line = 0;
  std::string program;
  std::string picture;  // its name; empty: none
};

// The blocks of a document that are marked `fx`, each with the picture behind it.
std::vector<Block> BlocksOf(const std::string& document) {
  const std::string link = "](pictures/effects/";
  std::vector<Block> blocks;
  std::istringstream text(document);
  std::string line;
  bool is_inside = false, is_behind = false;
  for (int number = 1; std::getline(text, line); ++number) {
    if (line == "```fx") {
      is_inside = true;
      blocks.push_back({number + 1, "", ""});
    } else if (is_inside && line == "```") {
      is_inside = false;
      is_behind = true;
    } else if (is_inside) {
      blocks.back().program += line + "\n";
    } else if (!line.empty()) {
      const auto at = line.find(link);
      if (is_behind && line.starts_with("![") && at != std::string::npos) {
        const auto begin = at + link.size();
        blocks.back().picture = line.substr(begin, line.find(".png") - begin);
      }
      is_behind = false;
    }
  }
  return blocks;
}

std::vector<Block> Blocks() { return BlocksOf(InRepository("docs/effects-language.md")); }

bool IsOfThree(const Block& block) { return block.picture.starts_with("three-"); }

// Stored pictures have 256 colours: that leaves 0.6 in the mean at most, and no pixel far off. With
// nothing drawn it is 1 and more, and 700 pixels.
void ExpectAlike(const Picture& drawn, const Picture& stored, const Block& block) {
  ASSERT_EQ(drawn.size(), stored.size());
  double sum = 0;
  int far = 0;
  const int pixels = drawn.size().width * drawn.size().height;
  for (int y = 0; y < drawn.size().height; ++y) {
    for (int x = 0; x < drawn.size().width; ++x) {
      int most = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const int off = std::abs(drawn.At(x, y)[c] - stored.At(x, y)[c]);
        sum += off / 3.0;
        most = std::max(most, off);
      }
      far += most > 40 ? 1 : 0;
    }
  }
  EXPECT_LE(sum / pixels, 0.75) << block.picture << ", line " << block.line;
  EXPECT_LE(far, pixels / 2000) << block.picture << ", line " << block.line;
}

void WritePpm(const std::string& path, Picture picture) {
  const Size size = picture.size();
  const auto bytes = static_cast<std::size_t>(size.width * size.height * 3);
  testing::WriteFile(path, "P6 " + std::to_string(size.width) + " " + std::to_string(size.height) +
                               " 255\n" +
                               std::string(reinterpret_cast<const char*>(picture.View().rows.data),
                                           bytes));
}

TEST(Documents, BlocksAreProgramsThatDraw) {
  const Scene one("one"), three("three");
  const char* folder = std::getenv("RETINUE_DRAW_DOCUMENTS");  // see draw.py
  const std::vector<Block> blocks = Blocks();
  EXPECT_GE(blocks.size(), 25u);
  for (const Block& block : blocks) {
    SCOPED_TRACE("docs/effects-language.md:" + std::to_string(block.line));
    const auto plan = ReadEffects(block.program, kAll);
    ASSERT_TRUE(plan) << plan.error().message;
    Drawing drawing = DrawnAfterASecond(block.program, IsOfThree(block) ? three : one);
    if (block.picture.empty() && !drawing.drew) drawing = DrawnAfterASecond(block.program, three);
    EXPECT_TRUE(drawing.drew) << block.program;
    if (block.picture.empty()) continue;
    if (folder != nullptr) {
      WritePpm(std::string(folder) + "/" + block.picture + ".ppm", drawing.picture);
    } else {
      ExpectAlike(drawing.picture, ReadPng(block.picture), block);
    }
  }
}

TEST(Documents, BlocksUseTheWholeLanguage) {
  std::set<EffectOperationKind> operations;
  std::set<EffectVariable> variables;
  std::set<EffectFunction> functions;
  std::set<FacePart> parts;
  std::set<EffectShapeKind> shapes;
  const auto see = [&](const EffectShape& shape) {
    shapes.insert(shape.kind);
    if (shape.kind == EffectShapeKind::kPart) parts.insert(shape.part);
  };
  for (const Block& block : Blocks()) {
    const EffectProgram program = ParseEffects(block.program).program;
    for (const EffectNode& node : program.nodes) {
      if (node.kind == EffectNodeKind::kVariable) variables.insert(node.variable);
      if (node.kind == EffectNodeKind::kCall) functions.insert(node.function);
    }
    for (const EffectStatement& statement : program.statements) {
      see(statement.shape);
      for (const EffectOperation& operation : statement.operations) {
        operations.insert(operation.kind);
        for (const EffectArgument& argument : operation.arguments) {
          if (argument.kind == EffectArgument::Kind::kShape) see(argument.shape);
        }
      }
    }
  }
  EXPECT_EQ(operations.size(), static_cast<std::size_t>(kEffectOperationCount));
  EXPECT_EQ(variables.size(), static_cast<std::size_t>(kEffectVariableCount));
  EXPECT_EQ(functions.size(), static_cast<std::size_t>(kEffectFunctionCount));
  EXPECT_EQ(parts.size(), static_cast<std::size_t>(kFacePartCount));
  EXPECT_EQ(shapes.size(), 4u);
}

TEST(Documents, PicturesAreSmallAndAllOfThemShown) {
  std::set<std::string> shown = {"one", "three", "background"};  // what is drawn into
  for (const Block& block : Blocks()) shown.insert(block.picture);
  std::uintmax_t total = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(testing::RepositoryFile(kPictures))) {
    if (file.path().extension() != ".png") continue;
    EXPECT_LT(file.file_size(), 20000u) << file.path();
    total += file.file_size();
    EXPECT_EQ(shown.count(file.path().stem().string()), 1u) << file.path() << " is in no text";
  }
  EXPECT_LT(total, 400000u);
}

TEST(Documents, ExamplesAreWrittenWellAndDraw) {
  const Scene one("one"), three("three");
  Scene nobody("one");
  nobody.result.faces.clear();
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(testing::RepositoryFile("examples/effects"))) {
    if (file.path().extension() != ".fx") continue;
    ++count;
    SCOPED_TRACE(file.path().filename().string());
    const std::string text = testing::ReadFile(file.path().string());
    const EffectParse parse = ParseEffects(text);
    ASSERT_TRUE(CompileEffects(parse, kAll).errors.empty());
    EXPECT_EQ(FormatEffects(parse.program), text);
    EXPECT_TRUE(text.starts_with("// ")) << "the first lines say what it does";
    EXPECT_TRUE(DrawnAfterASecond(text, three).drew || DrawnAfterASecond(text, one).drew ||
                DrawnAfterASecond(text, nobody).drew);
  }
  EXPECT_GE(count, 18);
}

TEST(Documents, NameEveryExample) {
  const std::string document = InRepository("docs/effects-language.md");
  for (const auto& file :
       std::filesystem::directory_iterator(testing::RepositoryFile("examples/effects"))) {
    const std::string name = file.path().stem().string();
    EXPECT_NE(document.find("`" + name + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace retinue
