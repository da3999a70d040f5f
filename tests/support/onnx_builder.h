#pragma once

// Writes small ONNX models, so that tests of inference need no file from
// outside. Only what tests use: float and int64 tensors, nodes without attributes, Concat.
//
// @source onnx.proto (field numbers) and the protobuf wire format.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace retinue::testing {

class OnnxBuilder {
 public:
  static constexpr int kFloat = 1;
  static constexpr int kInt64 = 7;
  static constexpr int kDouble = 11;

  /// `dims`: numbers, or names of open dimensions ("N").
  OnnxBuilder& Input(std::string_view name, const std::vector<std::string>& dims,
                     int type = kFloat) {
    graph_ += Message(11, ValueInfo(name, dims, type));
    return *this;
  }
  OnnxBuilder& Output(std::string_view name, const std::vector<std::string>& dims,
                      int type = kFloat) {
    graph_ += Message(12, ValueInfo(name, dims, type));
    return *this;
  }
  OnnxBuilder& Node(std::string_view op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs) {
    std::string node;
    for (const auto& input : inputs) node += Message(1, input);
    for (const auto& output : outputs) node += Message(2, output);
    node += Message(3, outputs.at(0) + "_node");
    node += Message(4, op);
    graph_ += Message(1, node);
    return *this;
  }
  /// Joins `inputs` along `axis`.
  OnnxBuilder& Concat(const std::vector<std::string>& inputs, const std::string& output,
                      int axis) {
    std::string node;
    for (const auto& input : inputs) node += Message(1, input);
    node += Message(2, output) + Message(3, output + "_node") + Message(4, "Concat");
    node += Message(5, Message(1, "axis") + Number(3, axis) + Number(20, 2));
    graph_ += Message(1, node);
    return *this;
  }
  OnnxBuilder& Floats(std::string_view name, const std::vector<std::int64_t>& dims,
                      const std::vector<float>& values) {
    return Constant(name, dims, kFloat, {reinterpret_cast<const char*>(values.data()),
                                         values.size() * sizeof(float)});
  }
  OnnxBuilder& Int64s(std::string_view name, const std::vector<std::int64_t>& values) {
    return Constant(name, {static_cast<std::int64_t>(values.size())}, kInt64,
                    {reinterpret_cast<const char*>(values.data()),
                     values.size() * sizeof(std::int64_t)});
  }
  /// A float constant whose values lie in the file `location` beside the model.
  OnnxBuilder& ExternalFloats(std::string_view name, const std::vector<std::int64_t>& dims,
                              std::string_view location) {
    std::string tensor = TensorStart(name, dims, kFloat);
    tensor += Message(13, Message(1, "location") + Message(2, location));
    tensor += Number(14, 1);
    graph_ += Message(5, tensor);
    return *this;
  }
  OnnxBuilder& Metadata(std::string_view key, std::string_view value) {
    rest_ += Message(14, Message(1, key) + Message(2, value));
    return *this;
  }

  std::string Build() const {
    return Number(1, 8) + Message(7, graph_ + Message(2, "graph")) +
           Message(8, Message(1, "") + Number(2, 13)) + rest_;
  }

 private:
  static std::string Varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
    return bytes + static_cast<char>(value);
  }
  static std::string Number(int field, std::int64_t value) {
    return Varint(static_cast<std::uint64_t>(field) << 3) +
           Varint(static_cast<std::uint64_t>(value));
  }
  static std::string Message(int field, std::string_view bytes) {
    return Varint(static_cast<std::uint64_t>(field) << 3 | 2) + Varint(bytes.size()) +
           std::string(bytes);
  }
  static std::string ValueInfo(std::string_view name, const std::vector<std::string>& dims,
                               int type) {
    std::string shape;
    for (const std::string& dim : dims) {
      const bool is_number = dim.find_first_not_of("0123456789") == std::string::npos;
      shape += Message(1, is_number ? Number(1, std::stoll(dim)) : Message(2, dim));
    }
    return Message(1, name) + Message(2, Message(1, Number(1, type) + Message(2, shape)));
  }
  static std::string TensorStart(std::string_view name, const std::vector<std::int64_t>& dims,
                                 int type) {
    std::string tensor;
    for (const std::int64_t dim : dims) tensor += Number(1, dim);
    return tensor + Number(2, type) + Message(8, name);
  }
  OnnxBuilder& Constant(std::string_view name, const std::vector<std::int64_t>& dims, int type,
                        std::string_view bytes) {
    graph_ += Message(5, TensorStart(name, dims, type) + Message(9, bytes));
    return *this;
  }

  std::string graph_;
  std::string rest_;
};

}  // namespace retinue::testing
