#include <algorithm>

#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

/// Where things of a kind are: their table, the column of the API's id, and what else must hold of a row.
struct Place {
  std::string_view table;
  std::string_view id;
  std::string_view besides;
};

constexpr Place PlaceOf(model::Taggable kind) {
  switch (kind) {
    case model::Taggable::kCommand:
      return {"commands", "command_id", ""};
    case model::Taggable::kInvocation:
      return {"invocations", "invoke_id", ""};
    case model::Taggable::kMachine:
      return {"machines", "instance_id", " AND r.deregistered IS NULL"};
    case model::Taggable::kActivation:
      return {"activations", "activation_id", ""};
  }
  return {};
}

/// `t.owner IN (…)` for those that have a tag like this.
void AddLike(Where& where, model::Taggable kind, const TagListFilter::Like& like) {
  Where key;
  key.Add("kind=?", {static_cast<std::int64_t>(kind)});
  key.AddPattern("key", like.key);
  std::string sql = key.sql();
  std::vector<Where::Value> values = key.values();
  std::string any;
  for (const std::string& pattern : like.values) {
    Where value;
    value.AddPattern("value", pattern);
    constexpr std::string_view kWord = " WHERE ";
    const std::string condition = value.sql().empty() ? "1" : value.sql().substr(kWord.size());
    any += (any.empty() ? " AND (" : " OR ") + condition;
    values.insert(values.end(), value.values().begin(), value.values().end());
  }
  if (!any.empty()) sql += any + ")";
  where.Add("t.owner IN (SELECT owner FROM tags" + sql + ")", std::move(values));
}

}  // namespace

std::optional<model::TagOwner> SqliteTx::FindTagOwner(model::Taggable kind, const std::string& id) {
  const Place place = PlaceOf(kind);
  Query query(db_,
              "SELECT r.id FROM " + std::string(place.table) + " r WHERE r." + std::string(place.id) + "=?" +
                  std::string(place.besides),
              id);
  if (!query.Step()) return std::nullopt;
  return model::TagOwner{kind, query.Int(0)};
}

model::Tags SqliteTx::TagsOf(const model::TagOwner& owner) { return TagsOf(owner.kind, owner.key); }

model::Page<model::TagRow> SqliteTx::ListTags(const TagListFilter& filter, const model::PageRequest& page) {
  const Place place = PlaceOf(filter.kind);
  const auto kind = static_cast<std::int64_t>(filter.kind);
  Where where;
  where.Add("t.kind=?" + std::string(place.besides), {kind});
  if (!filter.owners.empty()) {
    std::string any = "t.owner IN (";
    std::vector<Where::Value> values;
    for (const std::int64_t owner : filter.owners) {
      any += values.empty() ? "?" : ",?";
      values.emplace_back(owner);
    }
    where.Add(any + ")", std::move(values));
  }
  MatchTags(where, filter.kind, "t.owner", filter.tags);
  for (const auto& like : filter.like) AddLike(where, filter.kind, like);
  if (page.after) {
    where.Add("(t.owner<? OR (t.owner=? AND t.place>?))", {page.after->key, page.after->key, page.after->sub});
  }
  Query query(db_, "SELECT t.owner,t.place,t.key,t.value,r." + std::string(place.id) + " FROM tags t JOIN " +
                       std::string(place.table) + " r ON r.id=t.owner" + where.sql() +
                       " ORDER BY t.owner DESC,t.place LIMIT ?");
  const int bound = where.BindTo(query);
  query.Bind(bound + 1, page.size + 1);  // one more tells whether there is a next page
  model::Page<model::TagRow> out;
  model::Position last;
  while (query.Step()) {
    if (static_cast<std::int64_t>(out.items.size()) == page.size) {
      out.next = last;
      break;
    }
    last = {query.Int(0), query.Int(1)};
    out.items.push_back({query.Text(4), {query.Text(2), query.Text(3)}});
  }
  return out;
}

void SqliteTx::SaveTags(const model::TagOwner& owner, const model::Tags& tags) {
  DropTags(owner.kind, owner.key);
  PutTags(owner.kind, owner.key, tags);
  if (owner.kind != TagKind::kInvocation) return;
  if (const auto row = LoadInvocation(model::InvocationKey{owner.key})) FollowFacets(*row);
}

void SqliteTx::PutTags(TagKind kind, std::int64_t owner, const model::Tags& tags) {
  std::int64_t place = 0;
  for (const auto& tag : tags) {
    db_.Run("INSERT INTO tags(kind,owner,place,key,value) VALUES(?,?,?,?,?)", kind, owner, place++, tag.key, tag.value);
  }
}

model::Tags SqliteTx::TagsOf(TagKind kind, std::int64_t owner) {
  model::Tags tags;
  Query query(db_, "SELECT key,value FROM tags WHERE kind=? AND owner=? ORDER BY place", kind, owner);
  while (query.Step()) tags.push_back({query.Text(0), query.Text(1)});
  return tags;
}

void SqliteTx::DropTags(TagKind kind, std::int64_t owner) {
  db_.Run("DELETE FROM tags WHERE kind=? AND owner=?", kind, owner);
}

Where SqliteTx::RowsOfTags(TagKind kind, const std::vector<TagMatch>& tags) {
  const auto how_many = [this, kind](const TagMatch& tag) {
    constexpr std::int64_t kEnough = 2'000;  // to tell which of them is rare
    const std::string where = tag.value ? " AND value=?" : "";
    Query query(db_, "SELECT count(*) FROM (SELECT 1 FROM tags WHERE kind=? AND key=?" + where + " LIMIT " +
                         std::to_string(kEnough) + ")");
    query.Bind(1, kind);
    query.Bind(2, tag.key);
    if (tag.value) query.Bind(3, *tag.value);
    query.Step();
    return query.Int(0);
  };
  std::vector<TagMatch> rarest_first = tags;
  if (tags.size() > 1) {
    const auto rarest = std::min_element(rarest_first.begin(), rarest_first.end(),
                                         [&](const auto& a, const auto& b) { return how_many(a) < how_many(b); });
    std::iter_swap(rarest_first.begin(), rarest);
  }
  Where where;
  const auto number = static_cast<std::int64_t>(kind);
  const auto add = [&](const std::string& before, const std::string& row, const TagMatch& tag, const char* after) {
    const std::string key = before + row + ".kind=? AND " + row + ".key=?";
    if (tag.value) return where.Add(key + " AND " + row + ".value=?" + after, {number, tag.key, *tag.value});
    where.Add(key + after, {number, tag.key});
  };
  add("", "t", rarest_first.front(), "");
  for (std::size_t i = 1; i < rarest_first.size(); ++i) {
    add("EXISTS(SELECT 1 FROM tags x WHERE x.owner=t.owner AND ", "x", rarest_first[i], ")");
  }
  return where;
}

void SqliteTx::MatchTags(Where& where, TagKind kind, std::string_view id, const std::vector<TagMatch>& tags) {
  for (const auto& tag : tags) {
    const std::string owners = std::string(id) + " IN (SELECT owner FROM tags WHERE kind=? AND key=?";
    const auto number = static_cast<std::int64_t>(kind);
    if (tag.value) {
      where.Add(owners + " AND value=?)", {number, tag.key, *tag.value});
    } else {
      where.Add(owners + ")", {number, tag.key});
    }
  }
}

}  // namespace assist::server::store::sqlite
