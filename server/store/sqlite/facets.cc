#include "server/store/sqlite/facets.h"

#include <algorithm>
#include <charconv>

#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

constexpr auto kTagged = static_cast<std::int64_t>(model::Taggable::kInvocation);

FacetValue ValueOf(const TagMatch& tag) {
  if (!tag.value) return {FacetKind::kTagKey, tag.key, {}};
  return {FacetKind::kTag, tag.key, *tag.value};
}

}  // namespace

std::vector<FacetValue> FacetValuesOf(const model::Invocation& row) {
  std::vector<FacetValue> out;
  if (row.file) {
    out.push_back({FacetKind::kFileName, row.file->name, {}});
  } else {
    if (!row.command_id.empty()) out.push_back({FacetKind::kCommandId, row.command_id.str(), {}});
    if (!row.command_name.empty()) out.push_back({FacetKind::kCommandName, row.command_name, {}});
  }
  for (const model::Tag& tag : row.tags) {
    out.push_back({FacetKind::kTag, tag.key, tag.value});
    out.push_back({FacetKind::kTagKey, tag.key, {}});
  }
  return out;
}

std::optional<FacetValue> OnlyFacetOf(const InvocationFilter& filter) {
  if (!filter.id.empty() || filter.machine) return std::nullopt;
  std::vector<FacetValue> found;
  if (!filter.command.empty()) found.push_back({FacetKind::kCommandId, filter.command.str(), {}});
  if (!filter.command_name.empty()) found.push_back({FacetKind::kCommandName, filter.command_name, {}});
  if (filter.files && !found.empty()) return std::nullopt;  // files have none
  if (filter.files && !filter.file_name.empty()) found.push_back({FacetKind::kFileName, filter.file_name, {}});
  for (const TagMatch& tag : filter.tags) found.push_back(ValueOf(tag));
  if (found.size() != 1) return std::nullopt;
  return std::move(found.front());
}

std::optional<FacetValue> OnlyFacetOf(const TaskFilter& filter) {
  if (filter.invocation || filter.machine || filter.tags.size() + (filter.command.empty() ? 0 : 1) != 1)
    return std::nullopt;
  if (filter.tags.empty()) return FacetValue{FacetKind::kCommandId, filter.command.str(), {}};
  return ValueOf(filter.tags.front());
}

CountedRows RowsOf(const FacetValue& value, std::int64_t facet) {
  CountedRows out;
  out.facet = facet;
  switch (value.what) {
    case FacetKind::kTag:
      out.from = "tags t";
      out.key = "t.owner";
      out.where.Add("t.kind=? AND t.key=? AND t.value=?", {kTagged, value.key, value.value});
      break;
    case FacetKind::kTagKey:
      out.from = "tags t";
      out.key = "t.owner";
      // Not by the index of keys, which has them in the order of the values.
      out.where.Add("t.kind=? AND +t.key=?", {kTagged, value.key});
      break;
    case FacetKind::kCommandId:
      out.from = "invocations i";
      out.key = "i.id";
      out.where.Add("i.kind=1 AND i.command_id=?", {value.key});
      break;
    case FacetKind::kCommandName:
      out.from = "invocations i";
      out.key = "i.id";
      out.where.Add("i.kind=1 AND i.command_name=?", {value.key});
      break;
    case FacetKind::kFileName:
      out.from = "files f";
      out.key = "f.invocation";
      out.where.Add("f.name=?", {value.key});
      break;
  }
  out.from += " CROSS JOIN progress p ON p.invocation=" + out.key;
  return out;
}

std::vector<std::int64_t> DecodeFacets(std::string_view text) {
  std::vector<std::int64_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int64_t facet = 0;
    const auto [next, error] = std::from_chars(at, end, facet);
    if (error != std::errc()) throw Failure("progress.facets is not a list of numbers", Errc::kInternal);
    out.push_back(facet);
    at = next < end ? next + 1 : end;
  }
  return out;
}

std::string EncodeFacets(const std::vector<std::int64_t>& facets) {
  std::string out;
  for (const std::int64_t facet : facets) out += (out.empty() ? "" : " ") + std::to_string(facet);
  return out;
}

std::int64_t SqliteTx::FindFacet(const FacetValue& value) {
  Query query(db_, "SELECT id FROM facets WHERE what=? AND key=? AND value=?", static_cast<std::int64_t>(value.what),
              value.key, value.value);
  return query.Step() ? query.Int(0) : 0;
}

std::int64_t SqliteTx::MakeFacet(const FacetValue& value) {
  std::vector<std::int64_t> owners;
  {
    CountedRows rows = RowsOf(value, 0);
    if (value.what == FacetKind::kTagKey) {  // here the order is of no matter
      rows.where = {};
      rows.where.Add("t.kind=? AND t.key=?", {kTagged, value.key});
    }
    Query query(db_, "SELECT DISTINCT " + rows.key + " FROM " + rows.from + rows.where.sql());
    rows.where.BindTo(query);
    while (query.Step()) owners.push_back(query.Int(0));
  }
  if (owners.size() < kCommon) return 0;
  db_.Run("INSERT INTO facets(what,key,value) VALUES(?,?,?)", static_cast<std::int64_t>(value.what), value.key,
          value.value);
  const std::int64_t facet = db_.last_row();
  for (const std::int64_t owner : owners) {
    CountedInvocation row = LoadProgress({owner});
    changes_.back().AddTo(facet, row, 1);
    row.facets.insert(std::lower_bound(row.facets.begin(), row.facets.end(), facet), facet);
    SaveFacets(row);
  }
  return facet;
}

void SqliteTx::FollowFacets(const model::Invocation& row) {
  std::vector<std::int64_t> facets;
  for (const FacetValue& value : FacetValuesOf(row)) {
    std::int64_t facet = FindFacet(value);
    if (facet == 0 && AsksForCommonValues(row.key)) facet = MakeFacet(value);
    if (facet != 0) facets.push_back(facet);
  }
  std::sort(facets.begin(), facets.end());
  facets.erase(std::unique(facets.begin(), facets.end()), facets.end());
  CountedInvocation now = LoadProgress(row.key);
  if (now.facets == facets) return;
  changes_.back().Add(now, -1);
  now.facets = std::move(facets);
  changes_.back().Add(now, 1);
  SaveFacets(now);
}

void SqliteTx::SaveFacets(const CountedInvocation& row) {
  const auto text = row.facets.empty() ? std::optional<std::string>() : EncodeFacets(row.facets);
  db_.Run("UPDATE progress SET facets=? WHERE invocation=?", text, row.key);
}

}  // namespace assist::server::store::sqlite
