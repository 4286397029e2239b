#pragma once

#include <functional>

#include "postgres/cluster.hpp"
#include "postgres/side_database.hpp"

namespace reprise::postgres {

// From now on the loader's role logs in with this password.
[[nodiscard]] Status LetLogIn(const Context& ctx, const Cluster& cluster, const std::string& loader,
                              const std::string& password);

// Lets the loader's role into its side database once more, when all in it is Odoo's already: to
// read and change rows, nothing else. `work` gets its login. Afterwards, also when `work` fails,
// whatever it made is `side.final_owner`'s, its rights are gone and nobody logs in as it. Can be
// called again after a crash in it.
[[nodiscard]] Status WithLoader(
    const Context& ctx, const Cluster& cluster, const SideDatabase& side,
    const std::function<Status(const Context&, const Cluster& as_loader)>& work);

}  // namespace reprise::postgres
