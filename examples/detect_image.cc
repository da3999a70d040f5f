// Finds things in a picture: detect_image MODEL.tflite MANIFEST.toml PICTURE
// (or any YOLO .onnx of Ultralytics, with "-" for the manifest).

#include <cstdio>
#include <optional>
#include <string>

#include <retinue/files/files.h>
#include <retinue/gstreamer/source.h>
#include <retinue/io/collecting_sink.h>
#include <retinue/openvino/runtime.h>
#include <retinue/pipeline/run_stream.h>

namespace {

retinue::Result<void> Detect(const std::string& model_path, const std::string& manifest_path,
                             const std::string& picture) {
  // What the model is: from its manifest, or from the metadata inside it.
  const auto runtime = retinue::MakeOpenVinoRuntime();
  RETINUE_ASSIGN_OR_RETURN(const auto model, runtime->Read(model_path));
  std::optional<retinue::Manifest> manifest;
  if (manifest_path != "-") {
    RETINUE_ASSIGN_OR_RETURN(const auto text, retinue::ReadWholeFile(manifest_path));
    RETINUE_ASSIGN_OR_RETURN(manifest, retinue::ParseManifest(text));
  }
  RETINUE_ASSIGN_OR_RETURN(
      const auto spec, retinue::DescribeModel(model->io(), manifest ? &*manifest : nullptr));

  retinue::StreamPlan plan;
  RETINUE_ASSIGN_OR_RETURN(plan.engine, model->Compile({.goal = retinue::Goal::kLatency}));
  plan.model = &spec;
  plan.head.conf = 0.4f;

  RETINUE_ASSIGN_OR_RETURN(const auto source, retinue::OpenMedia(picture));
  retinue::CollectingSink found;
  retinue::Sink* const sinks[] = {&found};
  RETINUE_RETURN_IF_ERROR(retinue::RunStream(*source, plan, sinks));

  for (const retinue::FrameResult& result : found.results()) {
    for (const retinue::Detection& object : result.objects) {
      std::printf("%-20s %.2f at %.0f,%.0f size %.0fx%.0f\n",
                  spec.names[static_cast<std::size_t>(object.class_id)].c_str(), object.score,
                  object.box.x, object.box.y, object.box.width, object.box.height);
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: %s MODEL MANIFEST|- PICTURE\n", argv[0]), 2;
  const auto done = Detect(argv[1], argv[2], argv[3]);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
