// Follows things in a video and writes JSON Lines: track_file MODEL MANIFEST VIDEO OUT.jsonl

#include <retinue/files/files.h>
#include <retinue/gstreamer/source.h>
#include <retinue/io/result_output.h>
#include <retinue/openvino/runtime.h>
#include <retinue/pipeline/run_stream.h>
#include <retinue/track/options.h>

#include <cstdio>
#include <string>

namespace {

retinue::Result<retinue::StreamSummary> Track(char** argv) {
  const auto runtime = retinue::MakeOpenVinoRuntime();
  RETINUE_ASSIGN_OR_RETURN(const auto model, runtime->Read(argv[1]));
  RETINUE_ASSIGN_OR_RETURN(const auto text, retinue::ReadWholeFile(argv[2]));
  RETINUE_ASSIGN_OR_RETURN(const auto manifest, retinue::ParseManifest(text));
  RETINUE_ASSIGN_OR_RETURN(const auto spec, retinue::DescribeModel(model->io(), &manifest));

  // ByteTrack holds on to objects by their weak detections too: let those through.
  retinue::TrackerSpec tracker_spec;
  RETINUE_ASSIGN_OR_RETURN(const auto tracker, retinue::MakeTracker(tracker_spec));

  const retinue::SteadyClock clock;
  retinue::StreamPlan plan;
  RETINUE_ASSIGN_OR_RETURN(plan.engine, model->Compile({}));
  plan.model = &spec;
  plan.tracker = tracker.get();
  plan.clock = &clock;
  plan.head.conf = static_cast<float>(tracker_spec.bytetrack.track_low_thresh);

  RETINUE_ASSIGN_OR_RETURN(const auto source, retinue::OpenMedia(argv[3]));
  RETINUE_ASSIGN_OR_RETURN(auto file,
                           retinue::CreateFile(argv[4], {.existing = retinue::Existing::kReplace}));
  const auto json = retinue::NewResultWriter(std::move(file), retinue::JsonLinesFormat());
  retinue::Sink* const sinks[] = {json.get()};
  return retinue::RunStream(*source, plan, sinks);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5)
    return std::fprintf(stderr, "usage: %s MODEL MANIFEST VIDEO OUT.jsonl\n", argv[0]), 2;
  const auto summary = Track(argv);
  if (!summary) return std::fprintf(stderr, "%s\n", summary.error().message.c_str()), 1;
  std::printf("%lld frames, %lld objects, %lld tracks in %.1f s\n",
              static_cast<long long>(summary->frames), static_cast<long long>(summary->objects),
              static_cast<long long>(summary->tracks), retinue::ToSeconds(summary->elapsed));
  return 0;
}
