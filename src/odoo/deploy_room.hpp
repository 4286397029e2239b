#pragma once

#include "catalog/space_store.hpp"
#include "docker/engines.hpp"
#include "odoo/space.hpp"
#include "odoo/trio.hpp"

namespace reprise::odoo {

// What PostgreSQL 12 to 18 with the empty database of a new Odoo takes: its cluster (40 to 70 MB),
// the database (50 MB with base alone, 120 MB with web), write-ahead log of that installation, and
// Odoo's first files.
inline constexpr ByteCount kEmptyEnvironmentBytes = 500'000'000;
// An engine does not tell what an image will take before it has it. Of the official ones, unpacked:
// odoo 1.4 to 2.1 GB, postgres 0.4 GB, PgBouncer 0.02 GB.
inline constexpr ByteCount kOdooImageBytes = 2'500'000'000;
inline constexpr ByteCount kPostgresImageBytes = 600'000'000;
inline constexpr ByteCount kPgBouncerImageBytes = 100'000'000;

// What those of the images will take that are missing.
[[nodiscard]] ByteCount BytesToPull(const FoundImages& images);
[[nodiscard]] Volume VolumeOfImages(docker::Engines& engines, const domain::ServerId& server,
                                    ByteCount bytes);

// Reserves on the disk of a server's engine what a new, empty environment takes, and
// `image_bytes` for images. Ok without, when the server does not tell its room. kNoSpace with the
// numbers, kLeaseLost; nothing is kept then.
[[nodiscard]] Status ReserveForDeployment(const Context& ctx, docker::Engines& engines,
                                          const SpaceQuestion& question, ByteCount image_bytes);

}  // namespace reprise::odoo
