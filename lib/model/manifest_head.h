#pragma once

// The `[head]` and `[regions]` of a manifest. Thread rule: one thread.

#include <optional>

#include "lib/model/toml_table.h"
#include "retinue/model/manifest.h"

namespace retinue {

/// Reads `[head]` into head, conf and iou; `manifest.input` has been read. What is wrong becomes
/// a problem of the table.
void ReadManifestHead(TomlTable table, Manifest& manifest);

/// Reads `[regions]`, whose indices must be points of `head`. What is wrong becomes a problem of
/// the table.
std::optional<ManifestRegions> ReadManifestRegions(TomlTable table, const ManifestHead& head);

/// What a model with such a head does; kDetect without one.
Task TaskOf(const ManifestHead& head);

/// What boxes that carry this are for.
Task TaskOf(const BoxExtra& extra);

}  // namespace retinue
