#pragma once

// The `[head]` of a manifest. Thread rule: one thread.

#include "lib/model/toml_table.h"
#include "retinue/model/manifest.h"

namespace retinue {

/// Reads `[head]` into head, conf and iou; `manifest.input` has been read. What is wrong becomes
/// a problem of the table.
void ReadManifestHead(TomlTable table, Manifest& manifest);

/// What a model with such a head does; kDetect without one.
Task TaskOf(const ManifestHead& head);

/// What boxes that carry this are for.
Task TaskOf(const BoxExtra& extra);

}  // namespace retinue
