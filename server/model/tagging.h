// What may carry tags, and how tags are listed. Pure values.
#pragma once

#include <cstdint>
#include <string>

#include "server/model/entities.h"
#include "server/model/paging.h"

namespace assist::server::model {

/// Written to the store: never renumber.
enum class Taggable : std::uint8_t { kCommand = 1, kInvocation = 2, kMachine = 3, kActivation = 4 };

/// Something with tags: its kind and its row's key.
struct TagOwner {
  Taggable kind = Taggable::kCommand;
  std::int64_t key = 0;
};

/// One tag of one thing.
struct TagRow {
  std::string id;  ///< The API's id of what carries it.
  Tag tag;
};

}  // namespace assist::server::model
