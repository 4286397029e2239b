#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace reprise::api {

// The report of a drill as one printable page, for an auditor. Everything in it is escaped: names
// come from strangers' archives.
[[nodiscard]] std::string DrillPage(const boost::json::object& report);
// The same as a PDF.
[[nodiscard]] std::string DrillPdf(const boost::json::object& report);

}  // namespace reprise::api
