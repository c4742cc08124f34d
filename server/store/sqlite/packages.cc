#include "server/store/sqlite/packages.h"

#include <climits>

#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT id,public_id,kind,name,version,os,arch,sequence,format,sha256,md5,size,unpacked_size,publisher,"
    "publisher_key,description,stock,deprecated,expires,created FROM packages";

PackageRow ReadRow(const Query& query) {
  PackageRow row;
  int column = 0;
  row.key.value = query.Int(column++);
  row.id = query.Text(column++);
  row.kind = query.Enum<package::Kind>(column++);
  row.name = query.Text(column++);
  row.version = query.Text(column++);
  row.os = query.Text(column++);
  row.arch = query.Text(column++);
  row.sequence = query.Int(column++);
  row.format = query.Enum<package::ArchiveFormat>(column++);
  row.sha256 = query.Text(column++);
  row.md5 = query.Text(column++);
  row.size = query.Int(column++);
  row.unpacked_size = query.Int(column++);
  row.publisher = query.Text(column++);
  row.publisher_key_id = query.Text(column++);
  row.description = query.Text(column++);
  row.stock = query.Int(column++) != 0;
  row.deprecated = query.Int(column++) != 0;
  row.expires = query.MaybeTime(column++);
  row.created = query.Time(column++);
  return row;
}

Where Conditions(const PackageFilter& filter) {
  Where where;
  if (filter.kind) where.Add("kind=?", {static_cast<std::int64_t>(*filter.kind)});
  where.AddPattern("name", filter.name);
  if (!filter.version.empty()) where.Add("version=?", {filter.version});
  if (!filter.os.empty()) where.Add("os=?", {filter.os});
  if (!filter.arch.empty()) where.Add("arch=?", {filter.arch});
  if (!filter.channel.empty()) {
    where.Add(
        "EXISTS(SELECT 1 FROM package_channels c WHERE c.kind=packages.kind AND c.name=packages.name AND c.channel=? "
        "AND c.version=packages.version)",
        {filter.channel});
  }
  return where;
}

}  // namespace

std::optional<PackageRow> SqlitePackages::FindPackage(const PackageName& name, std::string_view version,
                                                      std::string_view os, std::string_view arch) {
  Query query(db_, std::string(kSelect) + " WHERE kind=? AND name=? AND version=? AND os=? AND arch=?", name.kind,
              name.name, version, os, arch);
  if (!query.Step()) return std::nullopt;
  return ReadRow(query);
}

std::vector<PackageRow> SqlitePackages::PackagesOf(const PackageName& name) {
  std::vector<PackageRow> out;
  Query query(db_, std::string(kSelect) + " WHERE kind=? AND name=? ORDER BY version,os,arch", name.kind, name.name);
  while (query.Step()) out.push_back(ReadRow(query));
  return out;
}

model::Page<PackageRow> SqlitePackages::ListPackages(const PackageFilter& filter, const model::PageRequest& page) {
  const Where where = Conditions(filter);
  const model::Page<std::int64_t> keys =
      ReadKeys(db_, "FROM packages", where, "id", page, CountRows(db_, "FROM packages", where));
  model::Page<PackageRow> out;
  out.total = keys.total;
  out.next = keys.next;
  for (const std::int64_t key : keys.items) {
    Query query(db_, std::string(kSelect) + " WHERE id=?", key);
    if (query.Step()) out.items.push_back(ReadRow(query));
  }
  return out;
}

std::int64_t SqlitePackages::CountPackages() { return CountRows(db_, "FROM packages", {}); }

std::string SqlitePackages::LoadEnvelope(PackageKey key) {
  Query query(db_, "SELECT envelope FROM package_envelopes WHERE package=?", key);
  return query.Step() ? query.Text(0) : std::string();
}

std::vector<PackageChannel> SqlitePackages::ChannelsOf(const PackageName& name) {
  std::vector<PackageChannel> out;
  Query query(db_, "SELECT channel,version FROM package_channels WHERE kind=? AND name=? ORDER BY channel", name.kind,
              name.name);
  while (query.Step()) out.push_back({query.Text(0), query.Text(1)});
  return out;
}

ArtifactUse SqlitePackages::UseOfArtifact(std::string_view sha256) {
  Query query(db_, "SELECT count(*),coalesce(max(stock),0),coalesce(max(size),0) FROM packages WHERE sha256=?", sha256);
  if (!query.Step()) return {};
  return {query.Int(0) > 0, query.Int(1) != 0, query.Int(2)};
}

std::vector<NamedArtifact> SqlitePackages::NamedArtifacts(std::string_view after, std::int64_t limit) {
  std::vector<NamedArtifact> out;
  Query query(db_, "SELECT sha256,max(size) FROM packages WHERE sha256>? GROUP BY sha256 ORDER BY sha256 LIMIT ?",
              after, limit);
  while (query.Step()) out.push_back({query.Text(0), query.Int(1)});
  return out;
}

void SqlitePackages::InsertPackage(PackageRow& row, std::string_view envelope) {
  db_.Run(
      "INSERT INTO packages(public_id,kind,name,version,os,arch,sequence,format,sha256,md5,size,unpacked_size,"
      "publisher,publisher_key,description,stock,deprecated,expires,created) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      row.id, row.kind, row.name, row.version, row.os, row.arch, row.sequence, row.format, row.sha256, row.md5,
      row.size, row.unpacked_size, row.publisher, row.publisher_key_id, row.description, row.stock, row.deprecated,
      row.expires, row.created);
  row.key.value = db_.last_row();
  db_.Run("INSERT INTO package_envelopes(package,envelope) VALUES(?,?)", row.key, Blob{envelope});
}

void SqlitePackages::DeletePackage(PackageKey key) {
  db_.Run("DELETE FROM package_envelopes WHERE package=?", key);
  db_.Run("DELETE FROM packages WHERE id=?", key);
}

std::int64_t SqlitePackages::SetDeprecated(const PackageName& name, std::string_view version, bool deprecated) {
  db_.Run("UPDATE packages SET deprecated=? WHERE kind=? AND name=? AND version=?", deprecated, name.kind, name.name,
          version);
  return db_.changes();
}

void SqlitePackages::SetChannel(const PackageName& name, std::string_view channel, std::string_view version) {
  if (version.empty()) {
    db_.Run("DELETE FROM package_channels WHERE kind=? AND name=? AND channel=?", name.kind, name.name, channel);
    return;
  }
  db_.Run(
      "INSERT INTO package_channels(kind,name,channel,version) VALUES(?,?,?,?) "
      "ON CONFLICT(kind,name,channel) DO UPDATE SET version=excluded.version",
      name.kind, name.name, channel, version);
}

}  // namespace assist::server::store::sqlite
