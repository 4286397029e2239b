#include "catalog/database.hpp"

#include <fmt/format.h>

#include <exception>

#include "catalog/guarded.hpp"

namespace reprise::catalog {

bool Row::IsNull(std::size_t column) const {
  return std::holds_alternative<std::monostate>(values_.at(column));
}

std::int64_t Row::Int(std::size_t column) const { return OptionalInt(column).value_or(0); }

double Row::Real(std::size_t column) const {
  const Value& value = values_.at(column);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return 0;
}

std::string Row::Text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&values_.at(column));
  return text == nullptr ? std::string() : *text;
}

std::optional<std::int64_t> Row::OptionalInt(std::size_t column) const {
  const Value& value = values_.at(column);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return static_cast<std::int64_t>(*real);
  return std::nullopt;
}

Status RunGuarded(const std::function<Status(Transaction&)>& work, Transaction& transaction) {
  try {
    return work(transaction);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("within a catalog transaction: {}", e.what()));
  }
}

}  // namespace reprise::catalog
