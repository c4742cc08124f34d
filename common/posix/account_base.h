// Users and groups of the machine without the C library's name service, which a static program cannot carry: the files
// of the system, and getent(1) for what comes from elsewhere (LDAP, sssd, NIS, systemd). Blocks, at most
// `answer_within` a getent: never on a shard. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/posix/account_text.h"

namespace assist {

class AccountBase {
 public:
  struct Options {
    std::string passwd = "/etc/passwd";
    std::string group = "/etc/group";
    /// Says whether there is more than the files; without it there is not.
    std::string name_switch = "/etc/nsswitch.conf";
    std::vector<std::string> getent = {"/usr/bin/getent", "/bin/getent"};  ///< Absolute; the first that is there.
    std::chrono::milliseconds answer_within{10'000};
    std::size_t max_file = std::size_t{16} << 20;
    std::size_t max_answer = std::size_t{1} << 20;  ///< Of getent.
  };
  AccountBase() = default;
  explicit AccountBase(Options options) : options_(std::move(options)) {}

  /// Absent: there is none. Errors: a file that cannot be read, a getent that does not answer (kExpired) or answers
  /// nonsense (kUnavailable).
  [[nodiscard]] Result<std::optional<UserEntry>> FindUser(const std::string& name) const;
  [[nodiscard]] Result<std::optional<UserEntry>> FindUser(uid_t user) const;
  [[nodiscard]] Result<std::optional<GroupEntry>> FindGroup(const std::string& name) const;
  /// All groups of `user`, its first one too; sorted, each once.
  [[nodiscard]] Result<std::vector<gid_t>> GroupsOf(const UserEntry& user) const;

 private:
  [[nodiscard]] Result<std::string> Text(const std::string& path) const;
  /// What getent prints for `key`; empty: it knows none, or there is nothing to ask.
  [[nodiscard]] Result<std::string> AskElsewhere(const char* database, const char* source,
                                                 const std::string& key) const;

  Options options_;
};

}  // namespace assist
