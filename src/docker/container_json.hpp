#pragma once

#include <boost/json/value.hpp>

#include "docker/engine.hpp"

namespace reprise::docker {

// The body of POST /containers/create.
[[nodiscard]] boost::json::value ContainerRequest(const ContainerSpec& spec);
// The answer of GET /containers/{id}/json.
[[nodiscard]] ContainerInfo ReadContainer(const boost::json::value& inspected);

// {"label": ["a=b", …]}, as the lists take it.
[[nodiscard]] std::string LabelFilter(const Labels& labels);
[[nodiscard]] boost::json::object TextMap(const std::map<std::string, std::string>& map);
// ["A=1", …]
[[nodiscard]] boost::json::array Variables(const EnvironmentVariables& variables);
[[nodiscard]] boost::json::array Texts(const std::vector<std::string>& texts);

}  // namespace reprise::docker
