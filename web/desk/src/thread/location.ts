/** MessageLocation is a shared location. Not every channel names it, and some repeat the name as the address. */
export interface MessageLocation {
  title: string;
  address: string;
  coordinates: string; // latitude, longitude
  url: string;
}

export function locationOf(data: Record<string, unknown> | null): MessageLocation {
  const words = (key: string) => (typeof data?.[key] === "string" ? data[key].trim() : "");
  const degrees = (key: string, most: number) => {
    const given = data?.[key];
    const n = given === "" || given === null || given === undefined ? NaN : Number(given);
    return Math.abs(n) <= most ? n : NaN;
  };
  const [title, address] = [words("title"), words("address")];
  const [lat, lon] = [degrees("latitude", 90), degrees("longitude", 180)];
  const known = Number.isFinite(lat) && Number.isFinite(lon);
  return {
    title,
    address: address === title ? "" : address,
    coordinates: known ? `${lat.toFixed(5)}, ${lon.toFixed(5)}` : "",
    url: known ? `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}` : "",
  };
}
