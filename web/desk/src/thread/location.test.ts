import { describe, expect, it } from "vitest";

import { locationOf } from "./location";

describe("F27: a location", () => {
  const at = { latitude: 35.6586, longitude: 139.7454 };

  it("has the name and the address that it came with", () => {
    const place = locationOf({ ...at, title: "Tokyo Tower", address: " 4-2-8 Shibakoen " });
    expect([place.title, place.address, place.coordinates]).toEqual(["Tokyo Tower", "4-2-8 Shibakoen", "35.65860, 139.74540"]);
    expect(place.url).toContain("mlat=35.6586&mlon=139.7454");
  });

  it.each([
    [{ ...at }, "", "", true],
    [{ ...at, title: "Viru 1", address: "Viru 1" }, "Viru 1", "", true],
    [{ ...at, title: "", address: "Viru 1" }, "", "Viru 1", true],
    [{ title: "Tallinn" }, "Tallinn", "", false],
    [{ latitude: "59.437", longitude: "24.75360", title: 4 }, "", "", true],
    [{ latitude: 591, longitude: 24, title: "Nowhere" }, "Nowhere", "", false],
    [{ latitude: null, longitude: null }, "", "", false],
    [{ latitude: 0, longitude: 0 }, "", "", true],
    [null, "", "", false],
  ])("%j has what is known of it", (data, title, address, known) => {
    const place = locationOf(data);
    expect([place.title, place.address, place.coordinates !== "", place.url !== ""]).toEqual([title, address, known, known]);
  });
});
