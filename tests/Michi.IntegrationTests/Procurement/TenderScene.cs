using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.Roadmap;
using Michi.Roadmap.Procurement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Procurement;

/// <summary>A tender of a city of its own, made up: a planner's program and browser, three evaluators by link, three bidders and one who comes late.</summary>
/// <remarks>
/// Worked by hand. Weights of a system: requirements 30, openness 20, safety 20, delivery 20, service 10; technical 70 %, minimum 70.
/// Alpha: Ann 90 in everything; Bo 90, but 30 in service; Chi 70. In the second round Bo gives service 70. Ann 90, Bo 0.9 × 90 + 0.1 × 70 = 88, Chi 70: (90 + 88 + 70) ÷ 3 = 82.67.
/// Beta: Ann 70, Bo 90, Chi has a conflict of interest: 80. Gamma: Ann 50, Bo 70, Chi 70: 63.33, below the minimum.
/// Prices: Alpha 1,250,000, Beta 1,000,000: Sf = 80 and 100. S = 82.67 × 0.7 + 80 × 0.3 = 81.869 and 80 × 0.7 + 100 × 0.3 = 86.
/// </remarks>
internal sealed class TenderScene
{
    public const string Nonce = "a secret of Alpha";
    public const decimal AlphaPrice = 1_250_000m, BetaPrice = 1_000_000m;

    /// <summary>What every evaluator writes before it becomes known; no planner's page may show it before the close.</summary>
    public const string Reason = "unspoken-reason";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public required MichiServer Server { get; init; }
    public required string Slug { get; init; }
    public required Guid PlaceId { get; init; }
    public required Guid Id { get; init; }
    public required HttpClient Planner { get; init; }
    public required HttpClient Browser { get; init; }
    public Dictionary<string, string> Secrets { get; } = [];
    public Dictionary<string, Guid> Evaluators { get; } = [];

    public string Api => $"api/places/{Slug}/procurement/{Id}";
    public string Page(string language = "en") => $"{language}/{Slug}/procurement/{Id}/tender";

    /// <summary>A draft.</summary>
    public static async Task<TenderScene> NewAsync(MichiServer server, bool isPublic = true, string method = "qcbs")
    {
        var (slug, place, initiative) = ($"tender-{Guid.NewGuid():N}"[..20], Guid.NewGuid(), $"i-{Guid.NewGuid():N}");
        await server.LookAsync(async db =>
        {
            db.Places.Add(new() { Id = place, Kind = Platform.Places.PlaceKind.City, Slug = slug, CountryCode = "NP", Names = new() { ["en"] = "Tendering city (made up)" }, IsPublic = isPublic, CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync(Cancel);
        });
        var planner = await server.PersonAsync(Role.Planner, slug);
        var browser = await server.SignedInAsync(planner.Email, Person.Password);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
        db.Initiatives.Add(new()
        {
            Id = Guid.NewGuid(),
            PlaceId = place,
            Code = initiative,
            CreatedAt = DateTimeOffset.UnixEpoch,
            ChangedAt = DateTimeOffset.UnixEpoch,
            ChangedBy = "test",
            Facts = new() { Names = new() { ["en"] = "Leak <search>", ["ja"] = "漏水調査" }, Sector = "water", Type = "sector", Purpose = new() { ["en"] = "Fewer leaks.", ["ja"] = "漏水を減らす。" } },
        });
        await db.SaveChangesAsync(Cancel);
        var started = await MichiServer.PostAsync(browser, $"en/{slug}/procurement", new() { ["initiative"] = initiative, ["kind"] = "system" });
        Assert.Equal(HttpStatusCode.Redirect, started.StatusCode);
        var id = Guid.Parse(started.Headers.Location!.ToString().Split('/')[^1]);
        if (method != "qcbs")
        {
            var found = await db.Procurements.FirstAsync(p => p.Id == id, Cancel);
            found.Facts = found.Facts with { Plan = found.Facts.Plan with { Method = method, TechnicalWeight = 100 } };
            await db.SaveChangesAsync(Cancel);
        }
        return new() { Server = server, Slug = slug, PlaceId = place, Id = id, Planner = await server.ProgramAsync(planner), Browser = browser };
    }

    public async Task<JsonElement> ShowAsync() => await Planner.GetFromJsonAsync<JsonElement>(Api, Cancel);

    /// <summary>Takes a step of the planner on the newest version.</summary>
    public async Task<HttpResponseMessage> StepAsync(string path, object? body = null)
    {
        var fields = JsonSerializer.SerializeToNode(body ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        fields["basedOn"] = (await ShowAsync()).GetProperty("version").GetInt32();
        return await Planner.PostAsJsonAsync($"{Api}/{path}", fields, Cancel);
    }

    public async Task DoneAsync(string path, object? body = null)
    {
        var answer = await StepAsync(path, body);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
    }

    public async Task RefusedAsync(int status, string path, object? body = null)
    {
        var answer = await StepAsync(path, body);
        Assert.True((int)answer.StatusCode == status, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
    }

    private static string Ago(int minutes) => TimeProvider.System.GetUtcNow().AddMinutes(-minutes).ToString("yyyy-MM-dd'T'HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Publishes, registers the bids and invites the evaluators.</summary>
    public async Task WithBidsAsync()
    {
        await DoneAsync("publish", new { deadline = Ago(60) });
        await DoneAsync("bids", new { name = "Alpha", country = "kh", consortium = "Alpha Water\nAlpha Data", receivedAt = Ago(120), commitment = CanonicalJson.CommitmentOf(AlphaPrice, Nonce) });
        await DoneAsync("bids", new { name = "Beta", country = "JP", receivedAt = Ago(110) });
        await DoneAsync("bids", new { name = "Gamma <b>", country = "TH", receivedAt = Ago(100) });
        await DoneAsync("bids", new { name = "Delta", country = "FR", receivedAt = Ago(30) });
        foreach (var name in new[] { "Ann", "Bo", "Chi" })
        {
            var answer = await (await StepAsync("evaluators", new { name })).Content.ReadFromJsonAsync<JsonElement>(Cancel);
            (Secrets[name], Evaluators[name]) = (answer.GetProperty("secret").GetString()!, answer.GetProperty("evaluator").GetGuid());
        }
    }

    public async Task<HttpResponseMessage> ScoreAsync(string who, int bid, string criterion, int points, string reason = Reason, int? round = null) =>
        await Server.Anonymous().PutAsJsonAsync($"api/evaluate/{Secrets[who]}/bids/{bid}/scores/{criterion}", new { points, reason = $"{reason} of {who}", round }, Cancel);

    public async Task ScoresAsync(string who, int bid, int points, int? service = null)
    {
        foreach (var criterion in (await OwnAsync(who)).GetProperty("criteria").EnumerateArray().Select(c => c.GetString()!))
            Assert.Equal(HttpStatusCode.NoContent, (await ScoreAsync(who, bid, criterion, criterion == "service" ? service ?? points : points)).StatusCode);
    }

    public Task<HttpResponseMessage> DeclareAsync(string who, params (int Bid, string Conflict)[] conflicts) =>
        Server.Anonymous().PutAsJsonAsync($"api/evaluate/{Secrets[who]}/declarations", new { conflicts = conflicts.ToDictionary(c => $"{c.Bid}", c => c.Conflict) }, Cancel);

    public Task<HttpResponseMessage> FinishAsync(string who) => Server.Anonymous().PostAsync($"api/evaluate/{Secrets[who]}/done", null, Cancel);

    public Task<JsonElement> OwnAsync(string who) => Server.Anonymous().GetFromJsonAsync<JsonElement>($"api/evaluate/{Secrets[who]}", Cancel);

    /// <summary>Everybody has declared, scored and finished the first round.</summary>
    public async Task ScoredAsync()
    {
        await DoneAsync("evaluation");
        foreach (var who in new[] { "Ann", "Bo" }) Assert.Equal(HttpStatusCode.NoContent, (await DeclareAsync(who, (1, ""), (2, ""), (3, ""))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await DeclareAsync("Chi", (1, ""), (2, "A cousin works there."), (3, ""))).StatusCode);
        await ScoresAsync("Ann", 1, 90);
        await ScoresAsync("Ann", 2, 70);
        await ScoresAsync("Ann", 3, 50);
        await ScoresAsync("Bo", 1, 90, service: 30);
        await ScoresAsync("Bo", 2, 90);
        await ScoresAsync("Bo", 3, 70);
        await ScoresAsync("Chi", 1, 70);
        await ScoresAsync("Chi", 3, 70);
        foreach (var who in Secrets.Keys) Assert.Equal(HttpStatusCode.NoContent, (await FinishAsync(who)).StatusCode);
    }

    /// <summary>The second round is held and the technical evaluation closed.</summary>
    public async Task SealedAsync()
    {
        await DoneAsync("second-round");
        Assert.Equal(HttpStatusCode.NoContent, (await ScoreAsync("Ann", 1, "service", 90, "I keep it", 2)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await ScoreAsync("Bo", 1, "service", 70, "I had overlooked the hotline", 2)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await ScoreAsync("Chi", 1, "service", 70, "I keep it", 2)).StatusCode);
        foreach (var who in Secrets.Keys) Assert.Equal(HttpStatusCode.NoContent, (await FinishAsync(who)).StatusCode);
        await DoneAsync("close");
    }

    /// <summary>Both prices are open.</summary>
    public async Task PricedAsync()
    {
        await DoneAsync("prices");
        await DoneAsync("bids/1/price", new { price = AlphaPrice, nonce = Nonce });
        await DoneAsync("bids/2/price", new { price = BetaPrice });
    }

    /// <summary>Awarded to Beta.</summary>
    public async Task AwardedAsync()
    {
        await DoneAsync("proposal", new { bid = 2, reason = "First of the ranking.", standstillDays = 0 });
        await DoneAsync("award");
    }

    /// <summary>Changes rows behind the program's back.</summary>
    public async Task TamperAsync(Func<RoadmapDb, Task> change)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        await change(scope.ServiceProvider.GetRequiredService<RoadmapDb>());
    }
}
