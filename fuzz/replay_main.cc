// Runs a fuzz target without libFuzzer: every seed as it is, then `runs` changed ones, the same on
// every machine.
//
//   NAME_fuzz RUNS FOLDER|FILE...
//
// Exit code 0 when nothing crashed, 2 for wrong usage.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

class Random {  // splitmix64
 public:
  std::size_t Below(std::size_t n) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return static_cast<std::size_t>((z ^ (z >> 31)) % n);
  }

 private:
  std::uint64_t state_ = 1;
};

// One small change: a byte, a number, a cut, a repetition, or a piece of another seed.
void Change(Bytes& bytes, const std::vector<Bytes>& seeds, Random& random) {
  const std::size_t at = random.Below(bytes.size() + 1);
  const std::size_t length = std::min(random.Below(16) + 1, bytes.size() - at);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = begin + static_cast<std::ptrdiff_t>(length);
  constexpr std::uint8_t kTelling[] = {0, '\n', '"', '\'', '\\', '[', '{', '.', '-', '9', 0x7f,
                                       0x80, 0xff};
  switch (random.Below(6)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(random.Below(256));
      return;
    case 1:
      bytes.insert(begin, kTelling[random.Below(std::size(kTelling))]);
      return;
    case 2:
      bytes.erase(begin, end);
      return;
    case 3: {
      const Bytes piece(begin, end);
      for (std::size_t i = random.Below(64); i > 0; --i) {
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), piece.begin(), piece.end());
      }
      return;
    }
    case 4: {
      const Bytes& other = seeds[random.Below(seeds.size())];
      const std::size_t from = random.Below(other.size() + 1);
      const std::size_t most = std::min(other.size() - from, random.Below(64) + 1);
      bytes.insert(begin, other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + most));
      return;
    }
    default:
      if (at == bytes.size()) return;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1u << random.Below(8)));
      return;
  }
}

Bytes Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::vector<Bytes> ReadSeeds(int count, char** paths) {
  std::vector<fs::path> files;
  for (int i = 0; i < count; ++i) {
    if (!fs::is_directory(paths[i])) {
      files.emplace_back(paths[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(paths[i])) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());  // the file system's order must not matter
  std::vector<Bytes> seeds;
  for (const fs::path& file : files) seeds.push_back(Read(file));
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  const long runs = argc > 2 ? std::strtol(argv[1], nullptr, 10) : -1;
  const std::vector<Bytes> seeds = runs < 0 ? std::vector<Bytes>() : ReadSeeds(argc - 2, argv + 2);
  if (seeds.empty()) {
    std::fprintf(stderr, "usage: %s RUNS FOLDER|FILE...   (with at least one seed)\n", argv[0]);
    return 2;
  }
  for (const Bytes& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  Random random;
  for (long run = 0; run < runs; ++run) {
    Bytes bytes = seeds[random.Below(seeds.size())];
    for (std::size_t changes = random.Below(8) + 1; changes > 0; --changes) {
      Change(bytes, seeds, random);
    }
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu seeds and %ld changed inputs\n", seeds.size(), runs);
  return 0;
}
