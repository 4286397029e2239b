#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "access/access_control.hpp"
#include "domain/permission.hpp"

namespace reprise::api {

struct Request;

// Where a request names an object.
enum class NamedIn { kPath, kQuery, kBody };
// What it means when it names none.
enum class WhenAbsent { kNothing, kDefaultProject, kLocalServer, kInstallation };

// One object that a request names, and what the caller must be allowed to do to it.
struct NamedObject {
  access::ObjectKind kind = access::ObjectKind::kProject;
  NamedIn in = NamedIn::kPath;
  std::string name;  // of the parameter; of a body's field as "target/environment_id"
  WhenAbsent when_absent = WhenAbsent::kNothing;
  std::optional<domain::Permission> permission;  // nullopt: the rule's own
};

// Who may call a route: declared where the route is added, decided by the router before the handler
// runs. There is no route without one.
class Rule {
 public:
  enum class Kind {
    kOpen,     // anybody, without signing in
    kSelf,     // whoever has signed in, about nothing but themselves
    kAccount,  // the same, also for those who have yet to choose a password of their own
    kSystem,   // who administers the installation
    kObjects,  // who may do it to all the objects that the request names
    kList,     // whoever has signed in: the list holds what they may see (Request::visible)
  };

  [[nodiscard]] static Rule Open() { return Rule(Kind::kOpen); }
  [[nodiscard]] static Rule Self() { return Rule(Kind::kSelf); }
  [[nodiscard]] static Rule Account() { return Rule(Kind::kAccount); }
  [[nodiscard]] static Rule System(domain::Permission permission);
  [[nodiscard]] static Rule On(domain::Permission permission, NamedObject object);
  // A list of what lies in projects, of those where `permission` is given.
  [[nodiscard]] static Rule List(domain::Permission permission);

  // One more object that must be allowed, where the request names it.
  [[nodiscard]] Rule And(NamedObject object) &&;
  // For a body that decides by itself what is asked for.
  using Choose = std::function<domain::Permission(const Request&)>;
  [[nodiscard]] Rule Choosing(Choose choose) &&;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::optional<domain::Permission> permission() const { return permission_; }
  [[nodiscard]] const std::vector<NamedObject>& objects() const { return objects_; }
  [[nodiscard]] bool ReadsBody() const;
  // What is needed for a request whose body has been read.
  [[nodiscard]] domain::Permission PermissionFor(const Request& request) const;

 private:
  explicit Rule(Kind kind) : kind_(kind) {}

  Kind kind_;
  std::optional<domain::Permission> permission_;
  std::vector<NamedObject> objects_;
  Choose choose_;
};

[[nodiscard]] NamedObject InPath(access::ObjectKind kind, std::string name);
[[nodiscard]] NamedObject InQuery(access::ObjectKind kind, std::string name);
[[nodiscard]] NamedObject InBody(access::ObjectKind kind, std::string name);
// The project in a field or parameter, or else the default one.
[[nodiscard]] NamedObject ProjectInBody();
[[nodiscard]] NamedObject ProjectInQuery();
// Whoever chooses a storage must see it; the organization's default one needs no choice.
[[nodiscard]] NamedObject ChosenStorage(NamedIn in);

// The id of an object that a request names; nullopt when it names none.
[[nodiscard]] std::optional<std::string> IdIn(const NamedObject& object, const Request& request);

// Applies a rule to a request. `head` covers all but the body; `body` the rest, before the handler.
class Gate {
 public:
  explicit Gate(const access::AccessControl* control) : control_(control) {}
  [[nodiscard]] Status CheckHead(const Rule& rule, Request& request) const;
  [[nodiscard]] Status CheckBody(const Rule& rule, const Request& request) const;

 private:
  [[nodiscard]] Result<std::optional<access::Place>> CheckOne(domain::Permission needed,
                                                              const NamedObject& object,
                                                              const Request& request) const;

  const access::AccessControl* control_;
};

}  // namespace reprise::api
