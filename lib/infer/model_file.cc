#include "retinue/infer/model_file.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace retinue {
namespace {

constexpr std::size_t kMaxXmlBytes = std::size_t{256} << 20;

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One field of a protobuf message: its number, wire type, and end.
struct Field {
  std::uint64_t number = 0;
  int wire_type = 0;
  std::uint64_t value = 0;  // Of wire type 0.
  std::size_t begin = 0;    // Of the bytes of wire type 2.
  std::size_t end = 0;      // Where the next field begins; beyond the bytes when truncated.
};

std::optional<std::uint64_t> ReadVarint(std::span<const std::byte> bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<std::uint64_t>(bytes[at++]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<Field> ReadField(std::span<const std::byte> bytes, std::size_t at) {
  Field field;
  const auto key = ReadVarint(bytes, at);
  if (!key) return std::nullopt;
  field.number = *key >> 3;
  field.wire_type = static_cast<int>(*key & 7);
  switch (field.wire_type) {
    case 0: {
      const auto value = ReadVarint(bytes, at);
      if (!value) return std::nullopt;
      field.value = *value;
      field.end = at;
      return field;
    }
    case 1:
      field.end = at + 8;
      return field;
    case 2: {
      const auto length = ReadVarint(bytes, at);
      if (!length || *length > (1ull << 48)) return std::nullopt;
      field.begin = at;
      field.end = at + static_cast<std::size_t>(*length);
      return field;
    }
    case 5:
      field.end = at + 4;
      return field;
    default:
      return std::nullopt;
  }
}

// ModelProto: 1 ir_version and 5 model_version are numbers; 2, 3, 4, 6 texts; 7 the
// graph; 8 opset_import, 14 metadata_props, 20 training_info, 25 functions,
// 26 configuration are messages.
bool PlausibleModelField(const Field& field, bool has_version) {
  switch (field.number) {
    case 1:
      return field.wire_type == 0 && field.value >= 1 && field.value <= 1000;
    case 5:
      return field.wire_type == 0;
    case 2:
    case 3:
    case 4:
    case 6:
    case 7:
    case 8:
    case 14:
    case 20:
    case 25:
    case 26:
      return field.wire_type == 2;
    default:
      return has_version && field.number >= 9 && field.number <= 200;
  }
}

// Whether a graph is fields from end to end; its nodes and weights are not looked into. Garbage of
// gigabytes stops at once here, and not after a library has read all of it.
bool PlausibleGraph(std::span<const std::byte> graph) {
  for (std::size_t at = 0; at < graph.size();) {
    const auto field = ReadField(graph, at);
    if (!field || field->number < 1 || field->number > 200 || field->end > graph.size())
      return false;
    at = field->end;
  }
  return true;
}

// The value of the StringStringEntryProto whose key ends before `at`; empty when it has none.
std::string ExternalName(std::span<const std::byte> bytes, std::size_t at) {
  const auto value = ReadField(bytes, at);
  if (!value || value->number != 2 || value->wire_type != 2 || value->end > bytes.size()) return {};
  const std::size_t length = std::min<std::size_t>(value->end - value->begin, 200);
  std::string name(AsText(bytes).substr(value->begin, length));
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return name;
}

Result<ModelFacts> InspectOnnx(std::span<const std::byte> bytes) {
  bool has_version = false;
  bool has_graph = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto field = ReadField(bytes, at);
    const bool truncated = field && field->end > bytes.size();
    if (!field || !PlausibleModelField(*field, has_version) || (truncated && !has_version)) {
      return Fail(ErrorCode::kDataLoss, has_version ? "the ONNX model is damaged or cut off"
                                                    : "expected an ONNX model, found other bytes");
    }
    if (truncated) {
      return Fail(ErrorCode::kDataLoss, "the ONNX model is cut off: expected at least " +
                                            std::to_string(field->end) + " bytes, found " +
                                            std::to_string(bytes.size()));
    }
    if (field->number == 7 &&
        !PlausibleGraph(bytes.subspan(field->begin, field->end - field->begin))) {
      return Fail(ErrorCode::kDataLoss,
                  "the ONNX model is damaged: its graph is not made of fields");
    }
    has_version |= field->number == 1;
    has_graph |= field->number == 7;
    at = field->end;
  }
  if (!has_graph) return Fail(ErrorCode::kDataLoss, "expected an ONNX model, found no graph in it");
  // A StringStringEntryProto with the key "location", as only TensorProto.external_data has.
  constexpr std::string_view kLocation("\x0a\x08location", 10);
  const std::size_t location = AsText(bytes).find(kLocation);
  // NodeProto's field 4 (op_type) with these operators.
  constexpr std::string_view kQuantise("\x22\x0eQuantizeLinear", 16);
  constexpr std::string_view kQuantisedConvolution("\x22\x0bQLinearConv", 13);
  const auto holds = [text = AsText(bytes)](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  return ModelFacts{.external_weights = location != std::string_view::npos,
                    .external_file = location != std::string_view::npos
                                         ? ExternalName(bytes, location + kLocation.size())
                                         : std::string(),
                    .quantised = holds(kQuantise) || holds(kQuantisedConvolution)};
}

template <typename T>
std::optional<T> ReadAt(std::span<const std::byte> bytes, std::uint64_t at) {
  T value{};
  if (at + sizeof value > bytes.size()) return std::nullopt;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The root table of a flatbuffer: it lies inside, and so does its list of fields.
// @source FlatBuffers internals: uoffset of the root, soffset of the vtable, two sizes in it.
Result<ModelFacts> InspectTflite(std::span<const std::byte> bytes) {
  if (bytes.size() < 8 || AsText(bytes).substr(4, 4) != "TFL3") {
    return Fail(ErrorCode::kDataLoss, "expected a TFLite model, found other bytes");
  }
  const std::uint64_t root = ReadAt<std::uint32_t>(bytes, 0).value_or(0);
  const auto back = ReadAt<std::int32_t>(bytes, root);
  const std::int64_t fields = static_cast<std::int64_t>(root) - back.value_or(0);
  const std::uint64_t fields_size =
      fields < 0 ? 0 : ReadAt<std::uint16_t>(bytes, static_cast<std::uint64_t>(fields)).value_or(0);
  if (!back || fields_size < 4 || static_cast<std::uint64_t>(fields) + fields_size > bytes.size()) {
    return Fail(ErrorCode::kDataLoss, "the TFLite model is damaged or cut off");
  }
  return ModelFacts{};
}

Result<ModelFacts> InspectXml(std::span<const std::byte> bytes) {
  // The weights lie in another file; what is left of the largest networks is some ten megabytes.
  if (bytes.size() > kMaxXmlBytes) {
    return Fail(ErrorCode::kDataLoss, "expected an OpenVINO model of at most " +
                                          std::to_string(kMaxXmlBytes) + " bytes of XML, found " +
                                          std::to_string(bytes.size()));
  }
  std::string_view head = AsText(bytes.first(std::min<std::size_t>(bytes.size(), 4096)));
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head[first] != '<' ||
      head.find("<net") == std::string_view::npos) {
    return Fail(ErrorCode::kDataLoss, "expected an OpenVINO model (XML with the root net)");
  }
  return ModelFacts{};
}

// Lines in which libraries speak of their own code: OpenVINO's exceptions.
bool IsBoilerplate(std::string_view line) {
  constexpr std::array<std::string_view, 4> kStarts = {"Exception from ", "Check '", "FrontEnd API",
                                                       "While validating node"};
  return line.empty() || std::any_of(kStarts.begin(), kStarts.end(), [&](std::string_view start) {
           return line.starts_with(start);
         });
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint32_t kIoVersion = 1;
constexpr std::size_t kMaxText = 1u << 24;

class Writer {
 public:
  void Number(std::int64_t value) {
    for (int i = 0; i < 8; ++i) {
      out_.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xff));
    }
  }
  void Text(std::string_view text) {
    Number(static_cast<std::int64_t>(text.size()));
    out_.append(text);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Writer wrote; after a failure everything is zero or empty and ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool AtEnd() const { return rest_.empty(); }
  std::int64_t Number() {
    if (rest_.size() < 8) return Stop();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(8);
    return static_cast<std::int64_t>(value);
  }
  std::int64_t Number(std::int64_t low, std::int64_t high) {
    const std::int64_t value = Number();
    return value >= low && value <= high ? value : Stop();
  }
  std::string Text() {
    const auto size = static_cast<std::size_t>(Number(0, static_cast<std::int64_t>(kMaxText)));
    if (!ok_ || size > rest_.size()) {
      Stop();
      return {};
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::int64_t Stop() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

void WriteTensors(std::span<const TensorInfo> tensors, Writer& writer) {
  writer.Number(static_cast<std::int64_t>(tensors.size()));
  for (const TensorInfo& tensor : tensors) {
    writer.Text(tensor.name);
    writer.Number(static_cast<std::int64_t>(tensor.type));
    writer.Number(tensor.shape.rank());
    for (const std::int64_t dim : tensor.shape.dims()) writer.Number(dim);
  }
}

std::vector<TensorInfo> ReadTensors(Reader& reader) {
  std::vector<TensorInfo> tensors;
  for (std::int64_t left = reader.Number(0, 4096); reader.ok() && left > 0; --left) {
    TensorInfo tensor;
    tensor.name = reader.Text();
    tensor.type =
        static_cast<ElementType>(reader.Number(0, static_cast<std::int64_t>(ElementType::kI64)));
    std::array<std::int64_t, Shape::kMaxRank> dims{};
    const auto rank = static_cast<std::size_t>(reader.Number(0, Shape::kMaxRank));
    for (std::size_t i = 0; i < rank; ++i) dims[i] = reader.Number(Shape::kDynamic, 1ll << 40);
    tensor.shape = Shape(std::span<const std::int64_t>(dims.data(), rank));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace

std::string LowerCaseExtension(std::string_view path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] != '.') return {};
  std::string extension(path.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

Result<ModelFacts> InspectModel(std::string_view extension, std::span<const std::byte> bytes) {
  if (bytes.empty()) return Fail(ErrorCode::kDataLoss, "expected a model, found an empty file");
  if (extension == ".onnx") return InspectOnnx(bytes);
  if (extension == ".xml") return InspectXml(bytes);
  if (extension == ".tflite") return InspectTflite(bytes);
  return ModelFacts{};
}

Result<Shape> FixShape(const TensorInfo& input, const std::optional<Shape>& wanted) {
  Shape shape = input.shape;
  if (wanted) {
    if (wanted->rank() != shape.rank()) {
      return Fail(ErrorCode::kInvalidArgument, "input_shape must fit " + ToString(input.shape) +
                                                   " of input " + input.name + ", got " +
                                                   ToString(*wanted));
    }
    shape = *wanted;
  } else if (shape.rank() > 0 && shape[0] == Shape::kDynamic) {
    shape.set(0, 1);
  }
  for (const std::int64_t dim : shape.dims()) {
    if (dim >= 1) continue;
    return Fail(ErrorCode::kInvalidArgument,
                wanted ? "input_shape must have dimensions of at least 1, got " + ToString(shape)
                       : "input " + input.name + " is " + ToString(input.shape) +
                             ", expected an input_shape that says the open dimensions");
  }
  return shape;
}

Result<void> CheckCompileOptions(const CompileOptions& options) {
  if (options.threads >= 0 && options.threads <= 1024) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "threads must be in 0...1024, got " + std::to_string(options.threads));
}

ContentHash HashOf(std::span<const std::byte> bytes, const ContentHash& seed) {
  // Two lanes of multiply-and-fold over 16 bytes a step; odd constants are
  // fractional digits of sqrt(2), sqrt(3), sqrt(5), sqrt(7).
  constexpr std::uint64_t kA = 0x6a09e667f3bcc909ull;
  constexpr std::uint64_t kB = 0xbb67ae8584caa73bull;
  constexpr std::uint64_t kC = 0x3c6ef372fe94f82bull;
  constexpr std::uint64_t kD = 0xa54ff53a5f1d36f1ull;
  ContentHash hash{seed.low ^ kA, seed.high ^ kB};
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::array<std::uint64_t, 2> words{};
    const std::size_t step = std::min<std::size_t>(16, bytes.size() - at);
    std::memcpy(words.data(), bytes.data() + at, step);
    hash.low = Mix(hash.low ^ words[0] ^ kC, kA ^ words[1]) + hash.high;
    hash.high = Mix(hash.high ^ words[1] ^ kD, kB ^ words[0]) ^ (hash.low << 1 | hash.low >> 63);
    at += step;
  }
  const std::uint64_t size = bytes.size();
  hash.low = Mix(hash.low ^ size, kC);
  hash.high = Mix(hash.high ^ hash.low ^ size, kD);
  return hash;
}

std::string ToString(const ContentHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint64_t half : {hash.high, hash.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text.push_back(kDigits[(half >> shift) & 15]);
  }
  return text;
}

std::string FirstSentence(std::string_view message, std::span<const std::string_view> markers) {
  std::string_view found;
  for (std::size_t at = 0; at <= message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    const std::string_view line = Trimmed(message.substr(at, end - at));
    if (found.empty() && !IsBoilerplate(line)) found = line;
    if (line.find("operations: ") != std::string_view::npos) found = line;
    at = end + 1;
  }
  if (found.empty()) found = Trimmed(message.substr(0, message.find('\n')));
  for (const std::string_view marker : markers) {
    const std::size_t at = found.rfind(marker);
    if (at != std::string_view::npos) found.remove_prefix(at + marker.size());
  }
  std::string text(Trimmed(found).substr(0, 240));
  if (text.starts_with("-- ")) text.erase(0, 3);
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  std::replace_if(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return text;
}

std::string EncodeModelIo(const ModelIo& io) {
  Writer writer;
  writer.Number(kIoVersion);
  WriteTensors(io.inputs, writer);
  WriteTensors(io.outputs, writer);
  writer.Number(static_cast<std::int64_t>(io.metadata.size()));
  for (const auto& [key, value] : io.metadata) {
    writer.Text(key);
    writer.Text(value);
  }
  return writer.Take();
}

Result<ModelIo> DecodeModelIo(std::string_view bytes) {
  Reader reader(bytes);
  ModelIo io;
  reader.Number(kIoVersion, kIoVersion);
  io.inputs = ReadTensors(reader);
  io.outputs = ReadTensors(reader);
  for (std::int64_t left = reader.Number(0, 1 << 20); reader.ok() && left > 0; --left) {
    std::string key = reader.Text();
    io.metadata[std::move(key)] = reader.Text();
  }
  if (!reader.ok() || !reader.AtEnd()) {
    return Fail(ErrorCode::kDataLoss, "expected names and shapes of a model, found other bytes");
  }
  return io;
}

}  // namespace retinue
