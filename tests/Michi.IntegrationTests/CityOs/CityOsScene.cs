using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.Platform.Places;

namespace Michi.IntegrationTests.CityOs;

/// <summary>A city with data of its own in the City OS, all made up: street lights, cabinets that feed them, sensors of air with a month of history, subscriptions.</summary>
internal sealed class CityOsScene
{
    public const int Lights = 60, Sensors = 4, Hours = 24 * 30;

    public const string Light = "urn:ngsi-ld:Streetlight:7", Sensor = "urn:ngsi-ld:AirQualityObserved:1", Cabinet = "urn:ngsi-ld:Cabinet:1";

    private readonly MichiServer _server;

    private CityOsScene(MichiServer server, string slug) => (_server, Slug) = (server, slug);

    /// <summary>Of the place, and so of the tenant.</summary>
    public string Slug { get; }

    public Person Owner { get; private set; } = null!;

    /// <summary>A program that may write.</summary>
    public HttpClient Program { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A city without data.</summary>
    public static async Task<CityOsScene> EmptyAsync(MichiServer server)
    {
        var scene = new CityOsScene(server, $"data-{Guid.NewGuid():N}"[..12]);
        await server.LookAsync(db =>
        {
            db.Places.Add(new()
            {
                Id = Guid.NewGuid(),
                Kind = PlaceKind.City,
                Slug = scene.Slug,
                Names = new() { ["en"] = "Sample city (made up)", ["ja"] = "見本の都市（架空）" },
                CountryCode = "KH",
                IsPublic = true,
                IsDemonstration = true,
                Boundary = """{"type":"Polygon","coordinates":[[[103.82,13.33],[103.87,13.32],[103.905,13.345],[103.9,13.39],[103.85,13.405],[103.815,13.375],[103.82,13.33]]]}""",
                CreatedAt = DateTimeOffset.UnixEpoch,
            });
            return db.SaveChangesAsync(Cancel);
        });
        scene.Owner = await server.PersonAsync(Role.Owner, scene.Slug);
        scene.Program = await server.ProgramAsync(scene.Owner);
        scene.Program.DefaultRequestHeaders.Add("NGSILD-Tenant", scene.Slug);
        return scene;
    }

    /// <summary>A city with data.</summary>
    public static async Task<CityOsScene> NewAsync(MichiServer server)
    {
        var scene = await EmptyAsync(server);
        var random = new Random(7);
        // To the second, as sensors tell it.
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        List<object> entities = [new { id = Cabinet, type = "Cabinet", name = "Cabinet 1 (made up)", location = Point(103.858, 13.36) }];
        for (var i = 1; i <= Lights; i++)
        {
            entities.Add(new
            {
                id = $"urn:ngsi-ld:Streetlight:{i}",
                type = "Streetlight",
                name = new { type = "LanguageProperty", languageMap = new Dictionary<string, string> { ["en"] = $"Street light {i} (made up)", ["ja"] = $"街路灯{i}（架空）" } },
                location = Point(103.84 + 0.004 * (i % 10) + random.NextDouble() * 0.002, 13.345 + 0.006 * (i / 10) + random.NextDouble() * 0.002),
                power = new { type = "Property", value = 40 + random.Next(30), unitCode = "WTT", observedAt = Text(now.AddMinutes(-i)), accuracy = new { type = "Property", value = 0.5, unitCode = "WTT" } },
                status = i % 9 == 0 ? "broken" : "ok",
                fedBy = new { type = "Relationship", @object = Cabinet },
            });
        }
        for (var i = 1; i <= Sensors; i++)
        {
            var id = $"urn:ngsi-ld:AirQualityObserved:{i}";
            var values = Enumerable.Range(0, Hours).Select(h => new { type = "Property", value = Math.Round(18 + 8 * Math.Sin(h / 24.0 * 2 * Math.PI) + random.NextDouble() * 6 + i, 1), unitCode = "GQ", observedAt = Text(now.AddHours(h - Hours + 1)) }).ToList();
            await ExpectAsync(HttpStatusCode.Created, await scene.Program.PostAsync("ngsi-ld/v1/temporal/entities", Body(new { id, type = "AirQualityObserved", pm25 = values }), Cancel));
            entities.Add(new { id, type = "AirQualityObserved", name = $"Air {i} (made up)", location = Point(103.845 + 0.012 * i, 13.35 + 0.01 * i), pm25 = values[^1], temperature = new { type = "Property", value = 28.5 + i, unitCode = "CEL", observedAt = Text(now) } });
        }
        await ExpectAsync(HttpStatusCode.Created, await scene.Program.PostAsync("ngsi-ld/v1/entityOperations/upsert", Body(entities), Cancel));
        return scene;
    }

    /// <summary>Three subscriptions: one whose endpoint cannot be reached, one paused, one that waits for its first change.</summary>
    public async Task SubscribeAsync()
    {
        foreach (var (name, type, host, isActive) in ((string, string, string, bool)[])[("Control room (made up)", "Streetlight", "127.0.0.1:9", true), ("Dashboard (made up)", "AirQualityObserved", "example.org", false), ("Archive (made up)", "Cabinet", "example.org", true)])
        {
            await ExpectAsync(HttpStatusCode.Created, await Program.PostAsync(
                "ngsi-ld/v1/subscriptions",
                Body(new { id = $"urn:ngsi-ld:Subscription:{name.Split(' ')[0]}", type = "Subscription", subscriptionName = name, entities = new[] { new { type } }, isActive, notification = new { endpoint = new { uri = $"http://{host}/notify?key=secret" } } }),
                Cancel));
        }
        await ExpectAsync(HttpStatusCode.NoContent, await Program.PatchAsync($"ngsi-ld/v1/entities/{Light}/attrs/power", Body(new { value = 47 }), Cancel));
        var page = await _server.SignedInAsync(Owner.Email, Person.Password);
        while (!(await page.GetStringAsync($"en/{Slug}/subscriptions", Cancel)).Contains("Last notification failed", StringComparison.Ordinal)) await Task.Delay(50, Cancel);
    }

    // With its length, which the interface asks for.
    private static StringContent Body(object value) => new(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json");

    private static object Point(double longitude, double latitude) => new { type = "Point", coordinates = new[] { Math.Round(longitude, 5), Math.Round(latitude, 5) } };

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task ExpectAsync(HttpStatusCode status, HttpResponseMessage answer) => Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Cancel)}");
}
