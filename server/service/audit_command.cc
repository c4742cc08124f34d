#include "server/service/audit_command.h"

#include <cstdio>
#include <filesystem>
#include <optional>

#include "common/posix/file.h"
#include "protocol/api/audit.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/store.h"

namespace assist::server::service {
namespace {

constexpr std::int64_t kChunk = 1'000;
constexpr std::size_t kMaxHead = 256;

int Complain(const std::string& text, int code) {
  std::fprintf(stderr, "assist-server: %s\n", text.c_str());
  return code;
}

/// One snapshot of the log, read to its end.
Result<api::AuditCheck> Check(store::sqlite::Database& db, std::optional<api::AuditHead> kept) {
  db.Script("BEGIN");
  store::sqlite::SqliteTx tx(db);
  api::AuditCheck check(tx.AuditStart(), std::move(kept));
  for (;;) {
    const auto rows = tx.ReadAudit(check.head().number, false, kChunk);
    for (const api::AuditRecord& row : rows) {
      if (Status next = check.Next(row); !next) return Forward(next);
    }
    if (static_cast<std::int64_t>(rows.size()) < kChunk) break;
  }
  if (Status end = check.Finish(); !end) return Forward(end);
  return check;
}

}  // namespace

int RunAuditVerify(const std::string& data, const std::string& head, const std::string& head_file) {
  std::optional<api::AuditHead> kept;
  std::string text = head;
  if (text.empty() && !head_file.empty() && Exists(head_file)) {
    Result<std::string> file = ReadFile(head_file, kMaxHead);
    if (!file) return Complain(file.error().detail, 2);
    text = std::move(*file);
    if (text.empty()) return Complain(head_file + " is empty: a head was kept there, or name another file", 2);
  }
  if (!text.empty()) {
    kept = api::ParseAuditHead(text);
    if (!kept)
      return Complain("\"" + text + "\" is no head; it looks like 12:<64 digits>, as this command prints it", 2);
  }
  std::error_code error;
  const std::string path = std::filesystem::absolute(data, error).lexically_normal().string() + "/store.db";
  if (!Exists(path)) {
    return Complain("no server was ever started with the folder " + data + "; name its folder with --data", 1);
  }
  try {
    store::sqlite::Database::Options options;
    options.path = path;
    options.read_only = true;
    store::sqlite::Database db(options);
    Result<api::AuditCheck> check = Check(db, std::move(kept));
    if (!check) return Complain("the audit log is broken: " + check.error().detail, 1);
    const std::string now = api::FormatAuditHead(check->head());
    std::printf("%lld rows, the chain is whole\nhead %s\n", static_cast<long long>(check->rows()), now.c_str());
    if (!head_file.empty()) {
      if (Status written = WriteFileAtomically(head_file, now + "\n", 0644); !written) {
        return Complain(written.error().detail, 1);
      }
    } else {
      std::fprintf(
          stderr,
          "Keep the head on another machine (--head-file FILE): with it the next check finds rows that were cut "
          "from the end.\n");
    }
    return 0;
  } catch (const store::Failure& failure) {
    return Complain(std::string("the log cannot be read: ") + failure.what(), 1);
  }
}

}  // namespace assist::server::service
