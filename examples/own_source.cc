// A source of your own: frames that this program draws itself, put through a
// model. own_source MODEL MANIFEST

#include <cstdio>

#include <retinue/files/files.h>
#include <retinue/io/collecting_sink.h>
#include <retinue/openvino/runtime.h>
#include <retinue/pipeline/run_stream.h>

namespace {

class GreySource final : public retinue::Source {
 public:
  GreySource() { info_.name = "grey", info_.size = {320, 240}, info_.frame_rate = 25; }
  const retinue::StreamInfo& info() const override { return info_; }
  retinue::SourceStats stats() const override { return {.frames = next_, .warning = {}}; }

  retinue::Result<retinue::Pull> Next(retinue::Frame& out) override {
    if (next_ == 10) return retinue::Pull::kEndOfStream;
    RETINUE_ASSIGN_OR_RETURN(auto buffer,
                             pool_.Get({retinue::PixelFormat::kGray8, info_.size, {}}));
    const retinue::MutablePlaneView plane = buffer->plane(0);
    for (int i = 0; i < info_.size.width * info_.size.height; ++i) {
      const int x = i % info_.size.width, y = i / info_.size.width;
      plane.data[y * plane.stride_bytes + x] = static_cast<std::uint8_t>(x + y + next_);
    }
    const retinue::Nanoseconds period = std::chrono::milliseconds(40);
    out = retinue::FrameBuffer::Publish(std::move(buffer), {0, next_}, {next_ * period, period});
    ++next_;
    return retinue::Pull::kFrame;
  }

 private:
  retinue::StreamInfo info_;
  retinue::FramePool pool_;
  std::int64_t next_ = 0;
};

retinue::Result<retinue::StreamSummary> Run(const char* model_path, const char* manifest_path) {
  const auto runtime = retinue::MakeOpenVinoRuntime();
  RETINUE_ASSIGN_OR_RETURN(const auto model, runtime->Read(model_path));
  RETINUE_ASSIGN_OR_RETURN(const auto text, retinue::ReadWholeFile(manifest_path));
  RETINUE_ASSIGN_OR_RETURN(const auto manifest, retinue::ParseManifest(text));
  RETINUE_ASSIGN_OR_RETURN(const auto spec, retinue::DescribeModel(model->io(), &manifest));
  retinue::StreamPlan plan;
  RETINUE_ASSIGN_OR_RETURN(plan.engine, model->Compile({}));
  plan.model = &spec;
  GreySource source;
  return retinue::RunStream(source, plan, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s MODEL MANIFEST\n", argv[0]), 2;
  const auto done = Run(argv[1], argv[2]);
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
  std::printf("%lld frames\n", static_cast<long long>(done->frames));
}
