#include "server/openapi/operations/tags.h"

namespace assist::server::openapi {

ParameterSpec ResourceTypeSpec() {
  return Word("ResourceType", {"instance", "command", "invocation", "activation", "managedinstance"})
      .Mandatory("MissingParameter.ResourceType")
      .Wrong("InvalidResourceType.NotFound")
      .Says("What the ids are of. `instance` and `managedinstance` both mean machines of this server.",
            "资源编号的类型。instance 与 managedinstance 都指本服务器的机器。");
}

ParameterSpec ResourceIdsSpec() {
  return Texts("ResourceId").AtMost(50, "NumberExceed.ResourceIds").Says("Ids of one kind.", "同一类型的资源编号。");
}

ParameterSpec ResourceTagSpec() {
  ParameterSpec spec = Tags();
  spec.max_key = 128;
  spec.if_key_missing = "InvalidTag.Mismatch";
  return spec;
}

model::Taggable ReadResourceType(const Call& call) {
  const std::string& word = call.arguments.Text("ResourceType");
  if (word == "command") return model::Taggable::kCommand;
  if (word == "invocation") return model::Taggable::kInvocation;
  if (word == "activation") return model::Taggable::kActivation;
  return model::Taggable::kMachine;
}

void DeclareTagOperation(Operation& operation) { operation.if_region_missing = "MissingParameter.RegionId"; }

}  // namespace assist::server::openapi
