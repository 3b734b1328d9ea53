// Shows notifications where pages cannot, as on Android, and leads to the desk
// when one is tapped. It keeps nothing and answers no request.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = `/desk/c/${event.notification.tag}`;
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(async (pages) => {
      const desk = pages.find((page) => new URL(page.url).pathname.startsWith("/desk/"));
      if (!desk) return self.clients.openWindow(to);
      return desk.focus();
    }),
  );
});
