#include <string>

#include "lib/io/format_objects.h"
#include "retinue/io/result_format.h"
#include "retinue/io/text.h"

namespace retinue {
namespace {

class MotFormatter final : public FrameFormatter {
 public:
  explicit MotFormatter(MotRows rows) : rows_(rows) {}

  int AppendFrame(const FrameResult& result, std::string& out) const override {
    int left_out = 0;
    for (const Detection& object : result.objects) {
      if (rows_ == MotRows::kTracked && object.track_id == kNoTrack) continue;
      if (!internal::HasFiniteNumbers(object)) {
        ++left_out;
        continue;
      }
      AppendInteger(result.frame + 1, out);
      out += ',';
      AppendInteger(rows_ == MotRows::kTracked ? object.track_id : -1, out);
      out += ',';
      internal::AppendBox(object.box, 2, out);
      out += ',';
      AppendDecimal(object.score, 4, out);
      out += ',';
      AppendInteger(object.class_id, out);
      out += ",-1,-1\n";
    }
    return left_out;
  }

 private:
  MotRows rows_;
};

class Mot final : public ResultFormat {
 public:
  explicit Mot(MotRows rows) : rows_(rows) {}
  std::string_view name() const override { return "MOT"; }
  bool TakesSeveralStreams() const override { return false; }
  std::unique_ptr<FrameFormatter> ForStream(const StreamInfo&, int) const override {
    return std::make_unique<MotFormatter>(rows_);
  }

 private:
  MotRows rows_;
};

}  // namespace

std::unique_ptr<ResultFormat> MotFormat(MotRows rows) { return std::make_unique<Mot>(rows); }

}  // namespace retinue
