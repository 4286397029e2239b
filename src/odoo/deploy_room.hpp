#pragma once

#include "catalog/space_store.hpp"
#include "docker/engines.hpp"
#include "odoo/space.hpp"
#include "odoo/trio.hpp"

namespace reprise::odoo {

// What PostgreSQL with the empty database of a new Odoo takes, several times over: 80 MB with its
// write-ahead log were measured of Odoo 14 on PostgreSQL 13, and 3 MB of files. Newer ones install
// more, and the log may grow meanwhile.
inline constexpr ByteCount kEmptyEnvironmentBytes = 500'000'000;
// An engine does not tell what an image will take before it has it. Those of the lab,
// unpacked: Odoo 1.3 to 1.7 GB, PostgreSQL 0.4 to 0.5, PgBouncer 0.2.
inline constexpr ByteCount kOdooImageBytes = 2'500'000'000;
inline constexpr ByteCount kPostgresImageBytes = 600'000'000;
inline constexpr ByteCount kPgBouncerImageBytes = 300'000'000;

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
