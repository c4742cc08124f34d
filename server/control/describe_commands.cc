#include "server/control/describe_commands.h"

#include "server/control/tag_matches.h"

namespace assist::server::control {

Result<DescribeCommandsOut> DescribeCommands(store::ReadTx& tx, const ReadContext& /*context*/,
                                             const DescribeCommandsIn& in) {
  store::CommandFilter filter;
  filter.id = in.id;
  filter.name = in.name;
  filter.description = in.description;
  filter.type = in.type;
  filter.tags = Matches(in.tags);
  model::Page<model::Command> page = tx.ListCommands(filter, in.page);
  DescribeCommandsOut out;
  out.total = page.total;
  out.next = page.next;
  out.items.reserve(page.items.size());
  for (model::Command& command : page.items) {
    Secret<std::string> content(tx.LoadContent(command.content));
    out.items.push_back({std::move(command), std::move(content)});
  }
  return out;
}

}  // namespace assist::server::control
