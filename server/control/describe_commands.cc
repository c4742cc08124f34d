#include "server/control/describe_commands.h"

#include "server/control/tag_matches.h"

namespace assist::server::control {

std::optional<Secret<std::string>> ContentWithin(std::int64_t& room, std::string content) {
  const auto size = static_cast<std::int64_t>(content.size());
  if (size > room) return std::nullopt;
  room -= size;
  return Secret<std::string>(std::move(content));
}

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
  std::int64_t room = kPageContentBytes;
  for (model::Command& command : page.items) {
    std::optional<Secret<std::string>> content = ContentWithin(room, tx.LoadContent(command.content));
    const bool cut = !content;
    out.items.push_back({std::move(command), cut ? Secret<std::string>() : std::move(*content), cut});
  }
  return out;
}

}  // namespace assist::server::control
