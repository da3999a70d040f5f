// The metadata and the shapes of a model file are somebody else's bytes: describing the model ends
// with a spec that holds together or with a sentence.
//
// Input: lines. `key=value` is metadata (in the value \n stands for a new line), `@names TEXT` and
// `@head WORD` and `@imgsz TEXT` are what a user says, `<TYPE DIMS NAME` and `>TYPE DIMS NAME` an
// input and an output: a digit, numbers and perhaps a word. Anything else is class names, and
// classes= against them.

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "retinue/base/check.h"
#include "retinue/heads/head.h"
#include "retinue/model/class_names.h"
#include "retinue/model/input_size.h"
#include "retinue/model/model_spec.h"

namespace {

retinue::TensorInfo ReadTensor(const std::string& line) {
  std::istringstream words(line.substr(1));
  int type = 0;
  words >> type;
  std::vector<std::int64_t> dims;
  for (std::int64_t dim = 0; dims.size() < 8 && words >> dim;) dims.push_back(dim < -1 ? -1 : dim);
  words.clear();
  std::string name = line.substr(0, 12);
  words >> name;
  return {name, static_cast<retinue::ElementType>(static_cast<unsigned>(type) % 7),
          retinue::Shape(dims)};
}

std::string WithLineEnds(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) {
    text.replace(at, 2, "\n");
  }
  return text;
}

void CheckNames(const std::string& text) {
  const auto names = retinue::ParseNames(text);
  if (!names) {
    RETINUE_CHECK(!names.error().message.empty());
    return;
  }
  RETINUE_CHECK(!names->empty() && names->size() <= retinue::kMaxNames);
  for (const std::string& name : *names) {
    RETINUE_CHECK(!name.empty() && name.size() <= retinue::kMaxNameBytes);
  }
  if (text.size() > 2000) return;  // the nearest name costs both lengths
  const auto ids = retinue::ResolveClasses(*names, text);
  if (!ids) return;
  for (const int id : *ids) {
    RETINUE_CHECK(id >= 0 && static_cast<std::size_t>(id) < names->size());
  }
}

void CheckSpec(const retinue::ModelSpec& spec) {
  RETINUE_CHECK(spec.names.size() == static_cast<std::size_t>(retinue::ClassCount(spec.head)));
  RETINUE_CHECK(retinue::MakeHead(spec.head).has_value());
  RETINUE_CHECK(retinue::CheckImgsz(spec.input.size, spec).has_value());
  for (const retinue::Size frame : {retinue::Size{1280, 720}, retinue::Size{1, 9999}}) {
    const retinue::Size size = retinue::ChooseInputSize(frame, spec, true);
    RETINUE_CHECK(retinue::CheckImgsz(size, spec).has_value());
    RETINUE_CHECK(size.width <= spec.input.size.width && size.height <= spec.input.size.height);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  retinue::ModelIo io;
  retinue::Overrides overrides;
  for (std::string line; std::getline(lines, line);) {
    const auto said = [&line](std::string_view key) { return line.starts_with(key); };
    if (said("<")) {
      io.inputs.push_back(ReadTensor(line));
    } else if (said(">")) {
      io.outputs.push_back(ReadTensor(line));
    } else if (said("@names ")) {
      overrides.names = line.substr(7);
    } else if (said("@head ")) {
      overrides.head = line.substr(6);
    } else if (said("@imgsz ")) {
      if (const auto imgsz = retinue::ParseImgsz(line.substr(7))) overrides.imgsz = *imgsz;
    } else if (const auto equals = line.find('='); equals != std::string::npos) {
      io.metadata[line.substr(0, equals)] = WithLineEnds(line.substr(equals + 1));
    } else {
      CheckNames(WithLineEnds(line));
    }
  }
  const auto spec = retinue::DescribeModel(io, nullptr, overrides);
  if (spec) {
    CheckSpec(*spec);
  } else {
    RETINUE_CHECK(!spec.error().message.empty());
  }
  return 0;
}
