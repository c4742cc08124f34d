// TagResources, UntagResources, ListTagResources (openapi.md, 11.28 to 11.30).
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"
#include "server/model/tagging.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

inline constexpr std::size_t kMaxTagsOfOne = 20;

struct TagResourcesIn {
  model::Taggable kind = model::Taggable::kCommand;
  std::vector<std::string> ids;
  model::Tags tags;  ///< A key that is there gets the new value. Forms are checked by openapi.
};
struct TagResourcesOut {};
/// All or nothing. InvalidResourceId.NotFound; OperationDenied.QuotaExceed: one would have more than kMaxTagsOfOne.
Result<TagResourcesOut> TagResources(store::Tx& tx, Context& context, const TagResourcesIn& in);

struct UntagResourcesIn {
  model::Taggable kind = model::Taggable::kCommand;
  std::vector<std::string> ids;
  std::vector<std::string> keys;  ///< Those that are not there are passed over.
  bool all = false;               ///< Every tag.
};
/// All or nothing. InvalidResourceId.NotFound.
Result<TagResourcesOut> UntagResources(store::Tx& tx, Context& context, const UntagResourcesIn& in);

struct ListTagResourcesIn {
  model::Taggable kind = model::Taggable::kCommand;
  std::vector<std::string> ids;  ///< Empty: any.
  std::vector<TagFilter> tags;
  std::vector<store::TagListFilter::Like> like;
  model::PageRequest page;  ///< By position.
};
using ListTagResourcesOut = model::Page<model::TagRow>;
/// All tags of what is chosen. InvalidResourceId.NotFound.
Result<ListTagResourcesOut> ListTagResources(store::ReadTx& tx, const ReadContext& context,
                                             const ListTagResourcesIn& in);

}  // namespace assist::server::control
