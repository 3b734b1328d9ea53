import { Desk } from "../support/desk.ts";
import { newAgent, newSite, restart } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

test("the server is killed and started again in the middle of a chat", async ({ context }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const agent = await newAgent(site, "Ann");
  const ann = await Desk.open(agent);
  const visitor = await Visitor.enters(context, widget);
  await visitor.opens();
  await visitor.says("zqtext before");
  await expect(visitor.mark).toHaveText("Sent"); // before the agent, who is asked when the chat begins, says anything
  const conv = await ann.accept();
  await ann.says(conv, "zqtext hello");
  await expect(visitor.bubble("zqtext hello")).toBeVisible();
  const again = restart();
  await visitor.says("zqtext during");
  await again;
  await expect(visitor.bubble("zqtext during")).toBeVisible();
  await expect(visitor.log.getByText("Sending")).toHaveCount(0);
  const back = await Desk.open(agent);
  await back.says(conv, "zqtext after");
  await expect(visitor.bubble("zqtext after")).toBeVisible();
  const all = ["zqtext before", "zqtext hello", "zqtext during", "zqtext after"];
  await visitor.said(all);
  expect((await back.thread(conv)).map((m) => m.text).filter((t) => t.startsWith("zqtext"))).toEqual(all);
  back.close();
  ann.close();
});
