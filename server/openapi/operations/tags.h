// What the three tag operations have in common: kinds of resources, and how their parameters are named. Pure.
#pragma once

#include "server/model/tagging.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

/// One of the kinds that this server has; `instance` and `managedinstance` are both its machines.
[[nodiscard]] ParameterSpec ResourceTypeSpec();
[[nodiscard]] ParameterSpec ResourceIdsSpec();
/// Tag.N with keys of up to 128 characters.
[[nodiscard]] ParameterSpec ResourceTagSpec();
[[nodiscard]] model::Taggable ReadResourceType(const Call& call);
/// What the three say of missing parameters.
void DeclareTagOperation(Operation& operation);

}  // namespace assist::server::openapi
