// scimmy-routers with users and groups in memory, indexed by id as any backend would: node server.js PORT
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

function keep(type) {
  const kept = new Map();
  const stamp = (id, document, created) => {
    const now = new Date().toISOString();
    const whole = { ...document, id, meta: { created: created ?? now, lastModified: now } };
    kept.set(id, whole);
    return whole;
  };
  type.ingress((resource, instance) => {
    const id = resource.id ?? randomUUID();
    if (resource.id && !kept.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    const document = JSON.parse(JSON.stringify(instance));
    delete document.meta;
    return stamp(id, document, kept.get(id)?.meta.created);
  });
  type.egress((resource) => {
    if (resource.id) {
      const found = kept.get(resource.id);
      if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      return found;
    }
    const all = [...kept.values()];
    return resource.filter ? resource.filter.match(all) : all;
  });
  type.degress((resource) => {
    if (!kept.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
  });
}

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false));
SCIMMY.Resources.declare(SCIMMY.Resources.Group);
keep(SCIMMY.Resources.User);
keep(SCIMMY.Resources.Group);

const app = express();
app.use("/scim", new SCIMMYRouters({ type: "bearer", handler: (request) => {
  if (request.header("Authorization") !== "Bearer bench") throw new Error("not the token of this benchmark");
  return "bench";
} }));
app.listen(Number(process.argv[2]), "127.0.0.1");
