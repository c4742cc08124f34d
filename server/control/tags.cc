#include "server/control/tags.h"

#include <algorithm>

#include "server/control/tag_matches.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

/// Each once, or the first unknown one.
Result<std::vector<model::TagOwner>> Owners(store::ReadTx& tx, model::Taggable kind,
                                            const std::vector<std::string>& ids) {
  std::vector<model::TagOwner> owners;
  for (const std::string& id : ids) {
    const std::optional<model::TagOwner> owner = tx.FindTagOwner(kind, id);
    if (!owner) return Fail(Errc::kNotFound, "there is no " + id, "InvalidResourceId.NotFound");
    const bool twice = std::any_of(owners.begin(), owners.end(),
                                   [&owner](const model::TagOwner& other) { return other.key == owner->key; });
    if (!twice) owners.push_back(*owner);
  }
  return owners;
}

}  // namespace

Result<TagResourcesOut> TagResources(store::Tx& tx, Context& /*context*/, const TagResourcesIn& in) {
  auto owners = Owners(tx, in.kind, in.ids);
  if (!owners) return Forward(owners);
  for (const model::TagOwner& owner : *owners) {
    model::Tags tags = tx.TagsOf(owner);
    for (const model::Tag& tag : in.tags) {
      const auto there =
          std::find_if(tags.begin(), tags.end(), [&tag](const model::Tag& other) { return other.key == tag.key; });
      if (there != tags.end()) {
        there->value = tag.value;
      } else {
        tags.push_back(tag);
      }
    }
    if (tags.size() > kMaxTagsOfOne) {
      return Fail(Errc::kInvalid, "one thing has at most " + std::to_string(kMaxTagsOfOne) + " tags",
                  "OperationDenied.QuotaExceed");
    }
    tx.SaveTags(owner, tags);
  }
  return TagResourcesOut{};
}

Result<TagResourcesOut> UntagResources(store::Tx& tx, Context& /*context*/, const UntagResourcesIn& in) {
  auto owners = Owners(tx, in.kind, in.ids);
  if (!owners) return Forward(owners);
  for (const model::TagOwner& owner : *owners) {
    model::Tags tags = tx.TagsOf(owner);
    const auto gone = std::erase_if(tags, [&in](const model::Tag& tag) {
      return in.all || std::find(in.keys.begin(), in.keys.end(), tag.key) != in.keys.end();
    });
    if (gone > 0) tx.SaveTags(owner, tags);
  }
  return TagResourcesOut{};
}

Result<ListTagResourcesOut> ListTagResources(store::ReadTx& tx, const ReadContext& /*context*/,
                                             const ListTagResourcesIn& in) {
  auto owners = Owners(tx, in.kind, in.ids);
  if (!owners) return Forward(owners);
  store::TagListFilter filter;
  filter.kind = in.kind;
  for (const model::TagOwner& owner : *owners) filter.owners.push_back(owner.key);
  filter.tags = Matches(in.tags);
  filter.like = in.like;
  return tx.ListTags(filter, in.page);
}

}  // namespace assist::server::control
