using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>What the tests of bad days have in common.</summary>
internal static class BadDay
{
    /// <summary>How much is to be tried: little in the suite, as much as a variable says where eng/bad-days.sh runs a test for long.</summary>
    public static int Setting(string name, int usual) => Environment.GetEnvironmentVariable("MICHI_BAD_DAYS_" + name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    public static int Seed() => Setting("SEED", new Random().Next(1, 1_000_000));

    public static void Say(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static HttpClient Client(int port) => new() { BaseAddress = new($"http://127.0.0.1:{port}/ngsi-ld/v1/"), Timeout = TimeSpan.FromMinutes(2) };

    public static async Task<HttpStatusCode> SendAsync(this HttpClient client, string method, string path, string? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null) request.Content = Json(body);
        using var answer = await client.SendAsync(request, cancel);
        return answer.StatusCode;
    }

    public static async Task<JsonNode> ReadAsync(this HttpClient client, string path, CancellationToken cancel) => JsonNode.Parse(await client.GetStringAsync(path, cancel))!;

    /// <summary>Subscribes a receiver to entities of a type.</summary>
    public static async Task SubscribeAsync(this HttpClient client, string id, string type, string address, CancellationToken cancel) => Assert.Equal(
        HttpStatusCode.Created,
        await client.SendAsync("POST", "subscriptions", $$"""{ "id": "{{id}}", "type": "Subscription", "entities": [{ "type": "{{type}}" }], "notification": { "format": "simplified", "endpoint": { "uri": "{{address}}" } } }""", cancel));

    /// <summary>The values of an entity in the history, one after another.</summary>
    public static async Task<List<int>> HistoryAsync(this HttpClient client, string id, CancellationToken cancel)
    {
        var told = (await client.ReadAsync($"temporal/entities/{id}?attrs=value", cancel))["value"]!;
        return [.. (told is JsonArray all ? [.. all] : (IEnumerable<JsonNode?>)[told]).Where(v => v!["value"]!.GetValueKind() == System.Text.Json.JsonValueKind.Number).Select(v => (int)v!["value"]!)];
    }
}
