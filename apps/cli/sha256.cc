#include "apps/cli/sha256.h"

#include <vector>

#ifdef RETINUE_WITH_GLIB
#include <glib.h>
#endif

#include "retinue/files/files.h"

namespace retinue::cli {

#ifdef RETINUE_WITH_GLIB

Result<Sha256> Sha256::Create() { return Sha256(g_checksum_new(G_CHECKSUM_SHA256)); }

void Sha256::Delete::operator()(void* checksum) const {
  g_checksum_free(static_cast<GChecksum*>(checksum));
}

void Sha256::Update(std::span<const std::byte> bytes) {
  g_checksum_update(static_cast<GChecksum*>(checksum_.get()),
                    reinterpret_cast<const guchar*>(bytes.data()),
                    static_cast<gssize>(bytes.size()));
}

std::string Sha256::Hex() {
  return g_checksum_get_string(static_cast<GChecksum*>(checksum_.get()));
}

#else

Result<Sha256> Sha256::Create() {
  return Fail(ErrorCode::kUnsupported,
              "this program was built without GLib, which it needs to check a file's sha256");
}
void Sha256::Delete::operator()(void*) const {}
void Sha256::Update(std::span<const std::byte>) {}
std::string Sha256::Hex() { return {}; }

#endif

Result<std::string> Sha256OfFile(const std::string& path, std::stop_token stop) {
  RETINUE_ASSIGN_OR_RETURN(Sha256 hash, Sha256::Create());
  RETINUE_ASSIGN_OR_RETURN(const auto file, OpenFile(path));
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (;;) {
    if (stop.stop_requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
    RETINUE_ASSIGN_OR_RETURN(const std::size_t count, file->Read(buffer));
    if (count == 0) return hash.Hex();
    hash.Update(std::span(buffer).first(count));
  }
}

}  // namespace retinue::cli
