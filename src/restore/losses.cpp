#include "restore/losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "postgres/quote.hpp"

namespace reprise::restore {
namespace {

using postgres::QuoteText;

struct Model {
  std::string_view name;
  std::string_view table;
  std::string_view label;
  std::string_view title;  // the column that names a record
};
// What people ask after when they hear "restore", most important first.
constexpr std::array kModels = {
    Model{"sale.order", "sale_order", "sales orders", "name"},
    Model{"purchase.order", "purchase_order", "purchase orders", "name"},
    Model{"account.move", "account_move", "invoices and journal entries", "name"},
    Model{"account.payment", "account_payment", "payments", "name"},
    Model{"pos.order", "pos_order", "point of sale orders", "name"},
    Model{"stock.picking", "stock_picking", "transfers", "name"},
    Model{"stock.move", "stock_move", "stock moves", "name"},
    Model{"mrp.production", "mrp_production", "manufacturing orders", "name"},
    Model{"crm.lead", "crm_lead", "leads", "name"},
    Model{"project.task", "project_task", "tasks", "name"},
    Model{"hr.expense", "hr_expense", "expenses", "name"},
    Model{"calendar.event", "calendar_event", "meetings", "name"},
    Model{"product.template", "product_template", "products", "name"},
    Model{"res.partner", "res_partner", "contacts", "name"},
    Model{"res.users", "res_users", "users", "login"},
    Model{"mail.message", "mail_message", "messages", "subject"},
    Model{"ir.attachment", "ir_attachment", "attachments", "name"},
};

// Everything in one transaction that can write nothing and waits for nobody. Nothing of the
// database's own can be called: its schemas are not searched.
constexpr std::string_view kFence =
    "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '1s'; "
    "SET LOCAL search_path = pg_catalog;\n";

// Columns by table, of the ordinary tables that are there; of PostgreSQL's own types only, whose
// conversion to text runs no code of the database's.
using Columns = std::map<std::string, std::set<std::string>, std::less<>>;

Result<Columns> FindColumns(const Context& ctx, const postgres::Cluster& cluster,
                            const std::string& database) {
  std::string tables;
  for (const Model& model : kModels) {
    tables += fmt::format("{}{}", tables.empty() ? "" : ", ", QuoteText(model.table));
  }
  ASSIGN_OR_RETURN(
      const auto rows,
      cluster.Query(ctx, database,
                    fmt::format("SELECT c.relname, a.attname FROM pg_catalog.pg_class c JOIN "
                                "pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = "
                                "'r' AND c.relnamespace = 'public'::regnamespace AND c.relname IN "
                                "({}) AND a.attname IN ('id', 'create_date', 'write_date', 'name', "
                                "'login', 'subject') AND a.atttypid IN ('int4'::regtype, "
                                "'int8'::regtype, 'varchar'::regtype, 'text'::regtype, "
                                "'jsonb'::regtype, 'timestamp'::regtype)",
                                tables)));
  Columns columns;
  for (const auto& row : rows) {
    if (row.size() == 2) columns[row[0]].insert(row[1]);
  }
  return columns;
}

// One row: model, created, changed, and id, time and name of the newest.
std::string CountSql(const Model& model, const std::set<std::string>& columns,
                     const std::string& since) {
  const std::string newer =
      since.empty() ? "true" : fmt::format("create_date > {}::timestamp", QuoteText(since));
  const std::string changed =
      since.empty() || !columns.contains("write_date")
          ? "false"
          : fmt::format("create_date <= {0}::timestamp AND write_date > {0}::timestamp",
                        QuoteText(since));
  const std::string title = columns.contains(std::string(model.title))
                                ? fmt::format("left({}::text, 80)", model.title)
                                : "''";
  return fmt::format(
      "SELECT {0}, n.created, n.changed, l.id, l.at, l.title FROM (SELECT count(*) FILTER (WHERE "
      "{2}) AS created, count(*) FILTER (WHERE {3}) AS changed FROM ONLY public.{1}) n LEFT JOIN "
      "LATERAL (SELECT id, to_char(create_date, 'YYYY-MM-DD HH24:MI:SS') AS at, "
      "translate({4}, E'\\n\\r\\x1e\\x1f', '    ') AS title FROM ONLY public.{1} WHERE {2} ORDER "
      "BY "
      "create_date DESC NULLS LAST, id DESC LIMIT 1) l ON true",
      QuoteText(model.name), model.table, newer, changed, title);
}

std::int64_t NumberIn(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

ModelLoss LossOf(const Model& model) {
  ModelLoss loss;
  loss.model = model.name;
  loss.label = model.label;
  return loss;
}

void Fill(ModelLoss& loss, const postgres::QueryRow& row) {
  loss.created = NumberIn(row[1]);
  loss.changed = NumberIn(row[2]);
  loss.last_id = row[3];
  loss.last_at = row[4];
  loss.last_name = row[5];
}

// A model that takes too long must not hide the others: each has its own time.
Result<std::vector<ModelLoss>> CountModels(const Context& ctx, const postgres::Cluster& cluster,
                                           const std::string& database, const std::string& since) {
  ASSIGN_OR_RETURN(const Columns columns, FindColumns(ctx, cluster, database));
  std::vector<ModelLoss> losses;
  for (const Model& model : kModels) {
    const auto found = columns.find(model.table);
    if (found == columns.end() || !found->second.contains("create_date")) continue;
    ModelLoss loss = LossOf(model);
    const auto rows =
        cluster.Query(ctx, database,
                      fmt::format("{}{};\nCOMMIT;", kFence, CountSql(model, found->second, since)));
    if (!rows && rows.error().code != ErrorCode::kDatabaseFailed) return Fail(rows.error());
    if (rows && rows->size() == 1 && rows->front().size() == 6) Fill(loss, rows->front());
    losses.push_back(std::move(loss));
  }
  return losses;
}

}  // namespace

std::int64_t Losses::created() const {
  std::int64_t all = 0;
  for (const ModelLoss& model : models) all += model.created.value_or(0);
  return all;
}

std::int64_t Losses::changed() const {
  std::int64_t all = 0;
  for (const ModelLoss& model : models) all += model.changed;
  return all;
}

bool Losses::complete() const {
  return std::all_of(models.begin(), models.end(),
                     [](const ModelLoss& model) { return model.created.has_value(); });
}

Result<Losses> CountLosses(const Context& ctx, const postgres::Cluster& cluster, const Order& order,
                           const std::string& snapshot_at) {
  Losses losses;
  if (order.is_new_environment) return losses;
  const std::string& database = order.target.db_name;
  ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, database));
  if (!live) return losses;
  const bool own = order.backup.environment_id == order.target.id;
  losses.basis = own ? Losses::Basis::kNewer : Losses::Basis::kEverything;
  if (own) {
    // An older backup does not say when exactly: then what it was begun with.
    const bool dated = order.backup.format == "reprise" && !snapshot_at.empty();
    if (dated) {
      losses.since = snapshot_at;
    } else if (order.backup.started_at) {
      losses.since = FormatInstant(*order.backup.started_at);
    }
    if (losses.since.empty()) {
      losses.basis = Losses::Basis::kUnknown;
      losses.why_unknown = "the backup does not say when it was made";
      return losses;
    }
  }
  auto models = CountModels(ctx, cluster.KeptOpen(ctx), database, losses.since);
  if (!models && models.error().code != ErrorCode::kDatabaseFailed) return Fail(models.error());
  if (!models) {
    losses.basis = Losses::Basis::kUnknown;
    losses.why_unknown = models.error().message;
    return losses;
  }
  losses.models = *std::move(models);
  return losses;
}

std::string SentenceOf(const Losses& losses, const std::string& target_name) {
  if (losses.basis == Losses::Basis::kNothing) return "nothing is replaced, so nothing is lost";
  if (losses.basis == Losses::Basis::kUnknown) {
    return fmt::format("what \"{}\" would lose could not be counted: {}", target_name,
                       losses.why_unknown);
  }
  std::vector<std::string> parts;
  for (const ModelLoss& model : losses.models) {
    if (model.created.value_or(0) > 0) {
      parts.push_back(fmt::format("{} {}", *model.created, model.label));
    }
  }
  const std::string counted =
      parts.empty() ? "no new records" : fmt::format("{}", fmt::join(parts, ", "));
  if (losses.basis == Losses::Basis::kEverything) {
    return fmt::format("all that \"{}\" holds is replaced by another environment's data: {}",
                       target_name, counted);
  }
  return fmt::format(
      "\"{}\" loses what was entered since {} UTC: {}{}{}", target_name, losses.since, counted,
      losses.changed() > 0
          ? fmt::format("; {} older records go back to what they were", losses.changed())
          : "",
      losses.complete() ? "" : " (some could not be counted in time)");
}

}  // namespace reprise::restore
