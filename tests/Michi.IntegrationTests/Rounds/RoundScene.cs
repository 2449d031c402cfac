using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Rounds;

/// <summary>A city of its own with one assessment, and clients of the API for each role.</summary>
internal sealed class RoundScene
{
    private readonly MichiServer _server;

    private RoundScene(MichiServer server, string slug, HttpClient facilitator) => (_server, Slug, Facilitator) = (server, slug, facilitator);

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string Slug { get; }

    /// <summary>A facilitator of the whole installation, by token.</summary>
    public HttpClient Facilitator { get; }

    public HttpClient Anonymous => _server.Anonymous();

    public Guid Assessment { get; private set; }

    /// <summary>Secrets of the assessors A1, A2, …</summary>
    public List<string> Secrets { get; } = [];

    public List<Guid> Assessors { get; } = [];

    public string Api => $"api/places/{Slug}/assessments";

    public string This => $"{Api}/{Assessment}";

    /// <param name="assessors">How many are invited.</param>
    /// <param name="rounds">1 opens the first round.</param>
    public static async Task<RoundScene> NewAsync(MichiServer server, int assessors = 0, int rounds = 0, bool isPublic = true, bool demonstration = false)
    {
        var slug = $"rounds-{Guid.NewGuid().ToString("N")[..12]}";
        var file = new PlaceFile
        {
            Places = [new() { Slug = slug, Kind = "city", Parent = "cambodia", Names = new() { ["en"] = slug, ["ja"] = slug } }],
            Evidence =
            [
                new() { Id = $"{slug}-open", Place = slug, Kind = "document", Quality = "high", Elements = new() { ["P1"] = "supports" }, Statement = new() { ["en"] = "Open fact" }, Source = "https://example.org/open", Date = "2024" },
                new() { Id = $"{slug}-inside", Place = slug, Kind = "interview", Quality = "high", Elements = new() { ["P1"] = "partly" }, Statement = new() { ["en"] = "Inside fact" }, Source = "an officer, 2024-05-01", Internal = true },
            ],
        };
        var imported = await server.Services.ImportAsync(new(file, []), new() { IsPublic = isPublic }, progress: null, Cancel);
        Assert.Empty(imported.Problems);
        var scene = new RoundScene(server, slug, await ByTokenAsync(server, "facilitator"));
        scene.Assessment = (await ReadAsync(await scene.Facilitator.PostAsJsonAsync(scene.Api, new { title = "Baseline", demonstration }, Cancel), HttpStatusCode.Created)).GetProperty("id").GetGuid();
        if (assessors > 0) await scene.InviteAsync(assessors);
        if (rounds > 0) await scene.OpenAsync(1);
        return scene;
    }

    /// <summary>A client of the API that acts for a demonstration account.</summary>
    public static async Task<HttpClient> ByTokenAsync(MichiServer server, string role)
    {
        var token = Secret.New();
        await using (var scope = server.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
            var account = await db.Accounts.FirstAsync(a => a.Email == $"{role}@demo.example", Cancel);
            var now = DateTimeOffset.UnixEpoch;
            db.Tokens.Add(new() { Id = Guid.NewGuid(), AccountId = account.Id, Name = "test", Hash = Secret.HashOf(token), Scope = "write", CreatedAt = now, ExpiresAt = now.AddYears(200) });
            await db.SaveChangesAsync(Cancel);
        }
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task InviteAsync(int assessors)
    {
        var from = Assessors.Count;
        var people = Enumerable.Range(from + 1, assessors).Select(i => new { name = $"Assessor {i}", group = new[] { "public", "private", "academia", "citizen" }[i % 4] });
        foreach (var one in (await ReadAsync(await Facilitator.PostAsJsonAsync($"{This}/assessors", people, Cancel), HttpStatusCode.OK)).EnumerateArray())
        {
            Assessors.Add(one.GetProperty("id").GetGuid());
            Secrets.Add(one.GetProperty("secret").GetString()!);
        }
    }

    public async Task OpenAsync(int number) => await ReadAsync(await Facilitator.PutAsync($"{This}/rounds/{number}", null, Cancel), HttpStatusCode.OK);

    public async Task CloseAsync(int number) => Assert.Equal(HttpStatusCode.NoContent, (await Facilitator.PostAsync($"{This}/rounds/{number}/close", null, Cancel)).StatusCode);

    /// <summary>Saves an assessor's answer; a level of null is "cannot tell".</summary>
    public async Task RateAsync(int assessor, string element, int? level, string reason = "") =>
        Assert.Equal(HttpStatusCode.NoContent, (await TryRateAsync(assessor, element, new { level, confidence = level is null ? null : "medium", reason })).StatusCode);

    public Task<HttpResponseMessage> TryRateAsync(int assessor, string element, object answer) =>
        Anonymous.PutAsJsonAsync($"api/rate/{Secrets[assessor - 1]}/ratings/{element}", answer, Cancel);

    /// <summary>Rates elements by all assessors: levels by element, one an assessor.</summary>
    public async Task RateAllAsync(params (string Element, int?[] Levels)[] answers)
    {
        foreach (var (element, levels) in answers)
            for (var a = 0; a < levels.Length; a++) await RateAsync(a + 1, element, levels[a], $"reason of level {levels[a]} for {element}");
    }

    public async Task<JsonElement> ShowAsync(HttpClient? client = null) => await ReadAsync(await (client ?? Facilitator).GetAsync(This, Cancel), HttpStatusCode.OK);

    public async Task<JsonElement> ResultAsync(int round) => (await ShowAsync()).GetProperty("results").EnumerateArray().First(r => r.GetProperty("number").GetInt32() == round);

    /// <summary>What a closed round says about an element.</summary>
    public async Task<JsonElement> ResultAsync(int round, string element) =>
        (await ResultAsync(round)).GetProperty("elements").EnumerateArray().First(e => e.GetProperty("element").GetString() == element);

    public async Task<Place> PlaceAsync()
    {
        await using var scope = _server.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync(Slug, Cancel))!;
    }

    /// <summary>Runs with the tables of assessment.</summary>
    public async Task<T> WithDbAsync<T>(Func<AssessmentDb, Task<T>> run)
    {
        await using var scope = _server.Services.CreateAsyncScope();
        return await run(scope.ServiceProvider.GetRequiredService<AssessmentDb>());
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
