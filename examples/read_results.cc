// Reads what `retinue track … json=FILE` wrote: how long was each person there?
// read_results FILE.jsonl

#include <retinue/io/result_line.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

namespace {

struct Stay {
  std::string label;
  double first_s = 0;
  double last_s = 0;
  int frames = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s FILE.jsonl\n", argv[0]), 2;
  std::ifstream file(argv[1]);
  std::map<retinue::TrackId, Stay> stays;
  int number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    const auto line = retinue::ParseResultLine(text);
    if (!line)
      return std::fprintf(stderr, "line %d: %s\n", number, line.error().message.c_str()), 1;
    const double now = retinue::ToSeconds(line->result.pts);
    for (std::size_t i = 0; i < line->result.objects.size(); ++i) {
      const retinue::Detection& object = line->result.objects[i];
      Stay& stay = stays[object.track_id];
      if (stay.frames++ == 0) stay.first_s = now;
      stay.last_s = now;
      stay.label = line->labels[i];
    }
  }
  for (const auto& [id, stay] : stays) {
    std::printf("%s %lld: from %.2f s to %.2f s, seen in %d frames\n", stay.label.c_str(),
                static_cast<long long>(id), stay.first_s, stay.last_s, stay.frames);
  }
  return stays.empty() ? 1 : 0;
}
