// For tests: whether what is kept of invocations beside their rows is what a walk over all of them finds.
#pragma once

#include <cstdint>
#include <string>

#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

/// Rows of block_counts that differ from what a walk finds; of facets those that nobody has, too.
inline std::int64_t WrongCounts(Database& db) {
  const std::string numbers =
      "sum(n1),sum(n2),sum(n3),sum(n4),sum(n5),sum(n6),sum(n7),sum(n8),sum(n9),sum(n10),"
      "sum(n11),sum(n12) ";
  const std::string alike = "i.type,i.repeat_mode,p.status,p.older,i.repeat_mode<>1 AND p.finished IS NULL,count(*),";
  const std::string kept =
      "SELECT facet,kind,block,type,repeat_mode,status,older,timed,invocations,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n11,n12 "
      "FROM block_counts WHERE invocations<>0";
  const std::string walked = "SELECT 0,i.kind,i.id>>9," + alike + numbers +
                             "FROM invocations i JOIN progress p ON p.invocation=i.id GROUP BY 1,2,3,4,5,6,7,8 "
                             "UNION ALL SELECT f.id,i.kind,i.id>>12," +
                             alike + numbers +
                             "FROM facets f JOIN invocations i ON CASE f.what "
                             "WHEN 1 THEN EXISTS(SELECT 1 FROM tags t WHERE t.kind=2 AND t.owner=i.id AND "
                             "t.key=f.key AND t.value=f.value) "
                             "WHEN 2 THEN EXISTS(SELECT 1 FROM tags t WHERE t.kind=2 AND t.owner=i.id AND t.key=f.key) "
                             "WHEN 3 THEN i.kind=1 AND i.command_id=f.key "
                             "WHEN 4 THEN i.kind=1 AND i.command_name=f.key "
                             "WHEN 5 THEN EXISTS(SELECT 1 FROM files x WHERE x.invocation=i.id AND x.name=f.key) END "
                             "JOIN progress p ON p.invocation=i.id GROUP BY 1,2,3,4,5,6,7,8";
  const std::string unused =
      "SELECT id FROM facets WHERE id NOT IN (SELECT facet FROM block_counts WHERE invocations>0)";
  const std::string listed =
      "SELECT 1 FROM progress p JOIN json_each('['||replace(p.facets,' ',',')||']') WHERE value NOT IN (SELECT id FROM "
      "facets)";
  std::int64_t wrong = 0;
  for (const std::string& sql :
       {"SELECT * FROM (" + kept + ") EXCEPT SELECT * FROM (" + walked + ")",
        "SELECT * FROM (" + walked + ") EXCEPT SELECT * FROM (" + kept + ")", unused, listed}) {
    Query query(db, "SELECT count(*) FROM (" + sql + ")");
    if (query.Step()) wrong += query.Int(0);
  }
  return wrong;
}

/// What numbers are kept of: `what:key=value`, sorted, a blank behind each.
inline std::string CommonValues(Database& db) {
  std::string out;
  Query query(db, "SELECT what||':'||key||iif(what=1,'='||value,'') FROM facets ORDER BY what,key,value");
  while (query.Step()) out += query.Text(0) + " ";
  return out;
}

}  // namespace assist::server::store::sqlite
