// What agents tell of the plug-ins (and, ours, of the packages) on their machines: kept, and shown by ListPluginStatus
// (openapi.md, 11.15).
#pragma once

#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/model/paging.h"
#include "server/model/plugin.h"

namespace assist::server::control {

struct RecordPluginStatusIn {
  InstanceId machine;  ///< Whose signature was verified.
  std::vector<model::PluginReport> reports;
};
struct RecordPluginStatusOut {
  std::int64_t refused = 0;  ///< Entries for which there was no room.
};
/// At most model::kPluginsOfMachine names are kept of a machine: a new one takes the place of what was removed longest
/// ago, and where nothing was removed it is refused. Of an unknown machine nothing is kept.
Result<RecordPluginStatusOut> RecordPluginStatus(store::Tx& tx, Context& context, const RecordPluginStatusIn& in);

struct ListPluginStatusIn {
  std::vector<InstanceId> instances;  ///< Exactly one unless `name` is given; empty: all machines.
  std::string name;                   ///< Empty: all plug-ins that the one machine has told of.
  model::PageRequest page;
};
struct PluginsOfMachine {
  InstanceId instance;
  std::vector<model::PluginStatus> plugins;
  bool not_installed = false;  ///< The plug-in that was asked for is not there and was not; `plugins` is empty.
};
/// A row a machine. PluginName.MissingValue, InvalidInstance.NotFound, InvalidPluginName.NotFound: no machine has told
/// of it, and none is published.
using ListPluginStatusOut = model::Page<PluginsOfMachine>;
Result<ListPluginStatusOut> ListPluginStatus(store::ReadTx& tx, const ReadContext& context,
                                             const ListPluginStatusIn& in);

}  // namespace assist::server::control
