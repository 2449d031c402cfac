using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Security;

/// <summary>Somebody at the doors: a browser for the pages and a program for the API.</summary>
/// <param name="Role">The role given; null for none.</param>
/// <param name="At">The place it was given at; null for none.</param>
internal sealed record Visitor(string Name, Role? Role, string? At, bool IsSignedIn, HttpClient Browser, HttpClient Program, string FormToken)
{
    /// <summary>A token that was revoked, or may only read.</summary>
    public bool IsRevoked { get; init; }

    public bool IsReadOnly { get; init; }

    public override string ToString() => Name;
}

/// <summary>Tests that share the scene.</summary>
[CollectionDefinition(nameof(RightsScene))]
public sealed class RightsTests : ICollectionFixture<RightsScene>;

/// <summary>
/// A hidden country with a hidden city, a hidden sibling of it and a city open to everyone; people with each role at the country and at the city;
/// and in every corner a word that only some may read.
/// </summary>
public sealed partial class RightsScene(MichiServer server) : IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Stands in everything people may write; in a page it must stand as text.</summary>
    private const string Script = "<img src=x onerror=alert(1)>";

    private static string Id { get; } = Guid.NewGuid().ToString("N")[..10];

    public static string Land { get; } = $"land-{Id}";
    public static string City { get; } = $"inner-{Id}";
    public static string Sibling { get; } = $"sibling-{Id}";
    public static string Open { get; } = $"open-{Id}";
    /// <summary>Where a role is given for the whole installation.</summary>
    public const string Everywhere = "";

    public static string Missing { get; } = $"missing-{Id}";

    internal MichiServer Server => server;

    internal IReadOnlyList<Door> Doors { get; private set; } = [];
    internal List<Visitor> Visitors { get; } = [];

    /// <summary>Words to be found nowhere but where they may be: by what they are, the word and who may read it.</summary>
    internal List<(string What, string Word, Func<Visitor, bool> MayRead)> Words { get; } = [];

    /// <summary>What is seen of words by whom, where they must not be.</summary>
    internal ConcurrentQueue<string> Leaks { get; } = [];

    /// <summary>Answers that lack a header, or in which somebody's text has become markup.</summary>
    internal ConcurrentQueue<string> Unsafe { get; } = [];

    /// <summary>What was read by somebody who may.</summary>
    internal ConcurrentDictionary<string, bool> WasRead { get; } = [];

    /// <summary>Values of route parameters by place.</summary>
    internal Dictionary<string, Dictionary<string, string>> Values { get; } = [];

    internal string RateSecret { get; private set; } = "";
    internal string SharedSecret { get; private set; } = "";

    public ValueTask DisposeAsync()
    {
        foreach (var client in Visitors.SelectMany(v => new[] { v.Browser, v.Program })) client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The right a visitor has at a place, by the rules of the product and not by its code: a role reaches down, never up or aside.</summary>
    internal static bool May(Visitor visitor, Right right, string place)
    {
        if (right == Right.Anyone || (right == Right.ViewPlace && place == Open)) return true;
        if (!visitor.IsSignedIn) return false;
        if (right == Right.SignedIn) return true;
        if (visitor.Role is not { } role || place == Missing || (visitor.At == City && place != City)) return false;
        if (right == Right.Administer) return role == Role.Owner && visitor.At == Everywhere;
        return right switch
        {
            Right.ViewPlace => true,
            Right.Contribute => role is Role.Assessor or Role.Planner or Role.Facilitator or Role.Owner,
            Right.Plan => role is Role.Planner or Role.Facilitator or Role.Owner,
            Right.Facilitate => role is Role.Facilitator or Role.Owner,
            Right.ManagePlace => role is Role.Owner,
            _ => false,
        };
    }

    /// <summary>Notes every word an answer shows to somebody who may not read it.</summary>
    internal async Task<byte[]> ReadAsync(Visitor visitor, string door, HttpResponseMessage answer)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);
        // The way to sign in repeats the address the visitor asked for, and with it what they knew already.
        var text = Back().Replace(TextOf(bytes), "");
        if (SafeAnswer.Fault(answer, text) is { } fault) Unsafe.Enqueue($"{visitor}: {fault} at {door}");
        if (answer.Content.Headers.ContentType?.MediaType == "text/html" && text.Contains(Script[..8], StringComparison.Ordinal)) Unsafe.Enqueue($"{visitor}: markup out of a text at {door}");
        foreach (var (what, word, mayRead) in Words)
        {
            if (!text.Contains(word, StringComparison.Ordinal)) continue;
            if (mayRead(visitor)) WasRead[what] = true;
            else Leaks.Enqueue($"{visitor}: {what} at {door}");
        }
        return bytes;
    }

    /// <summary>The text of an answer; of a workbook, that of its parts.</summary>
    private static string TextOf(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("PK"u8)) return Encoding.UTF8.GetString(bytes);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        return string.Concat(zip.Entries.Select(e =>
        {
            using var reader = new StreamReader(e.Open());
            return reader.ReadToEnd();
        }));
    }

    public async ValueTask InitializeAsync()
    {
        Doors = await Door.AllAsync(server);
        await ImportAsync();
        await VisitorsAsync();
        foreach (var place in new[] { Land, City, Sibling, Open, Missing }) Values[place] = new() { ["place"] = place };
        foreach (var place in new[] { City, Open }) await RoundsAsync(place);
        foreach (var place in new[] { Land, City, Open }) await EntitiesAsync(place);
        await IndexAsync();
        await SecretsAsync();
    }

    private async Task ImportAsync()
    {
        FileEvidence Evidence(string id, string place, bool isInternal = false) => new()
        {
            Id = $"{place}-{id}",
            Place = place,
            Kind = "document",
            Quality = "high",
            Elements = new() { ["T4"] = "supports" },
            Source = $"https://example.org/{place}/{id}",
            Date = "2024",
            Statement = new() { ["en"] = $"word-{place}-{id} {Script}" },
            Internal = isInternal,
            Attachments = [new() { Name = $"{id}{Script}.txt", MediaType = "text/plain", Bytes = Encoding.UTF8.GetBytes($"bytes-{place}-{id}") }],
        };
        FilePlace Place(string slug, string kind, string? parent) => new()
        {
            Slug = slug,
            Kind = kind,
            Parent = parent,
            CountryCode = parent is null ? "KH" : null,
            Names = new() { ["en"] = $"Name-{slug} {Script}" },
            Latitude = 13,
            Longitude = 104,
            Facts = [new() { Kind = "population", Value = "1000", Source = $"fact-{slug} {Script}", Date = "2020" }],
        };
        await AddAsync(new()
        {
            Places = [Place(Land, "country", null), Place(City, "city", Land), Place(Sibling, "city", Land)],
            Evidence = [Evidence("public", Land), Evidence("inside", Land, true), Evidence("public", City), Evidence("inside", City, true), Evidence("public", Sibling)],
        }, isPublic: false);
        await AddAsync(new() { Places = [Place(Open, "city", Land)], Evidence = [Evidence("public", Open), Evidence("inside", Open, true)] }, isPublic: true);

        foreach (var place in new[] { Land, City, Sibling })
        {
            Word($"name of {place}", $"Name-{place}", v => May(v, Right.ViewPlace, place));
            Word($"evidence of {place}", $"word-{place}-public", v => May(v, Right.ViewPlace, place));
            if (place != Sibling) Word($"file of {place}", $"bytes-{place}-public", v => May(v, Right.ViewPlace, place));
        }
        foreach (var place in new[] { Land, City, Open })
        {
            Word($"internal evidence of {place}", $"word-{place}-inside", v => May(v, Right.Contribute, place));
            Word($"internal file of {place}", $"bytes-{place}-inside", v => May(v, Right.Contribute, place));
            Word($"code of internal evidence of {place}", $"{place}-inside", v => May(v, Right.Contribute, place));
        }

        async Task AddAsync(PlaceFile file, bool isPublic) => Assert.Empty((await server.Services.ImportAsync(new(file, []), new() { IsPublic = isPublic }, progress: null, Cancel)).Problems);
    }

    /// <summary>Begins the name of what is told of people without a role at a place: only administration shows it.</summary>
    internal const string Account = "account";

    private void Word(string what, string word, Func<Visitor, bool> mayRead) => Words.Add((what, word, mayRead));

    private async Task VisitorsAsync()
    {
        await AddAsync("anonymous", null, null, isSignedIn: false);
        await AddAsync("nobody", null, null);
        foreach (var role in new[] { Role.Viewer, Role.Assessor, Role.Planner, Role.Facilitator, Role.Owner })
            foreach (var at in new[] { Land, City }) await AddAsync($"{role} at {(at == Land ? "the country" : "the city")}", role, at);

        await AddAsync("Viewer of the installation", Role.Viewer, Everywhere);
        await AddAsync("Owner of the installation", Role.Owner, Everywhere);

        var owner = await server.PersonAsync(Role.Owner, Land);
        var token = await FormTokenAsync(server.Anonymous());
        Visitors.Add(new("owner's token that may read", Role.Owner, Land, true, server.Anonymous(), await server.ProgramAsync(owner, "read"), token) { IsReadOnly = true });
        Visitors.Add(new("owner's revoked token", null, null, false, server.Anonymous(), await server.ProgramAsync(owner, revoked: DateTimeOffset.UnixEpoch), token) { IsRevoked = true });

        async Task AddAsync(string name, Role? role, string? at, bool isSignedIn = true)
        {
            if (!isSignedIn)
            {
                var browser = server.Anonymous();
                Visitors.Add(new(name, null, null, false, browser, server.Anonymous(), await FormTokenAsync(browser)));
                return;
            }
            var person = await server.PersonAsync(role, at == Everywhere ? null : at);
            await server.LookAsync(db => db.Accounts.Where(a => a.Id == person.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.Name, $"{person.Name} {Script}"), Cancel));
            var client = await server.SignedInAsync(person.Email, Person.Password);
            Visitors.Add(new(name, role, at, true, client, await server.ProgramAsync(person), await FormTokenAsync(client)));
            Word($"{(at is { Length: > 0 } ? "address" : Account)} of {name}", person.Email, v => v.Name == name || May(v, Right.Administer, "") || (at is { Length: > 0 } && May(v, Right.ManagePlace, at)));
        }
    }

    /// <summary>The hidden field of the forms on a page.</summary>
    internal static async Task<string> FormTokenAsync(HttpClient browser) => FormToken().Match(await browser.GetStringAsync("en/sign-in", Cancel)).Groups[1].Value;

    /// <summary>An assessment with a closed round and an open one.</summary>
    private async Task RoundsAsync(string place)
    {
        var owner = Visitors.First(v => v is { Role: Role.Owner, At: var at } && at == Land).Program;
        var api = $"api/places/{place}/assessments";
        var id = (await JsonAsync(await owner.PostAsJsonAsync(api, new { title = $"Baseline {Script}" }, Cancel))).GetProperty("id").GetGuid();
        var invited = await JsonAsync(await owner.PostAsJsonAsync($"{api}/{id}/assessors", new[] { new { name = $"assessor-{place}-one {Script}", group = "public" }, new { name = $"assessor-{place}-two", group = "citizen" } }, Cancel));
        var secrets = invited.EnumerateArray().Select(a => a.GetProperty("secret").GetString()!).ToList();
        await JsonAsync(await owner.PutAsync($"{api}/{id}/rounds/1", null, Cancel));
        var anonymous = Visitors[0].Program;
        foreach (var (secret, level) in secrets.Zip([1, 3]))
            Assert.True((await anonymous.PutAsJsonAsync($"api/rate/{secret}/ratings/T4", new { level, confidence = "medium", reason = $"closed-{place}-{level} {Script}", evidence = new[] { $"{place}-inside", $"{place}-public" } }, Cancel)).IsSuccessStatusCode);
        Assert.True((await owner.PostAsync($"{api}/{id}/rounds/1/close", null, Cancel)).IsSuccessStatusCode);
        Assert.True((await owner.PutAsJsonAsync($"{api}/{id}/consensus/T3", new { level = 2, confidence = "medium", reason = $"agreed-{place} {Script}" }, Cancel)).IsSuccessStatusCode);
        await JsonAsync(await owner.PutAsync($"{api}/{id}/rounds/2", null, Cancel));
        Assert.True((await anonymous.PutAsJsonAsync($"api/rate/{secrets[0]}/ratings/T4", new { level = 4, confidence = "high", reason = $"second-{place}" }, Cancel)).IsSuccessStatusCode);

        Values[place]["assessment"] = id.ToString();
        Values[place]["code"] = $"{place}-public";
        Word($"reason of the closed round of {place}", $"closed-{place}-", v => May(v, Right.ViewPlace, place));
        Word($"consensus of {place}", $"agreed-{place}", v => May(v, Right.ViewPlace, place));
        Word($"reason of the open round of {place}", $"second-{place}", _ => false);
        Word($"assessor of {place}", $"assessor-{place}-", v => May(v, Right.Facilitate, place));
        foreach (var secret in secrets) Word($"link of an assessor of {place}", secret, _ => false);
        if (place != City) return;
        RateSecret = secrets[0];
        SharedSecret = (await JsonAsync(await owner.PostAsJsonAsync($"api/places/{place}/report/links", new { days = 7 }, Cancel))).GetProperty("secret").GetString()!;
        Word("link to a report", SharedSecret, _ => false);
    }

    /// <summary>What a place has in the City OS: an entity with a history and a place on the map, and a subscription that rests.</summary>
    private async Task EntitiesAsync(string place)
    {
        var owner = Visitors.First(v => v is { Role: Role.Owner, At: var at } && at == Land).Program;
        foreach (var (path, body) in ((string, object)[])
        [
            ("entities", new { id = $"urn:x:entity-{place}", type = "Thing", name = $"entity-{place} {Script}", level = 1, location = new { type = "Point", coordinates = new[] { 104, 13 } } }),
            ("subscriptions", new { id = $"urn:x:subscription-{place}", type = "Subscription", subscriptionName = $"entity-{place} {Script}", isActive = false, entities = new[] { new { type = "Thing" } }, notification = new { endpoint = new { uri = "http://example.org/?key=word-of-endpoint" } } }),
        ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"ngsi-ld/v1/{path}") { Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json") };
            request.Headers.Add("NGSILD-Tenant", place);
            using var answer = await owner.SendAsync(request, Cancel);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        }
        Word($"entity of {place}", $"entity-{place}", v => May(v, Right.Contribute, place));
        Word($"address notified of {place}", "word-of-endpoint", _ => false);
    }

    private async Task IndexAsync()
    {
        const string Indicators = "code,name,level,parent,direction,weight\na,First,1,all,more,1\nb,Second,1,all,less,1\nall,The index,2,,,\n";
        var data = $"code,name,a,b\n{City},Inner,1,2\n{Sibling},word-index-{Land} {Script},2,1\nz,Other,4,9\n";
        using var form = new MultipartFormDataContent
        {
            { new StringContent($"Index {Script}"), "name.en" }, { new StringContent($"A source {Script}"), "source" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(Indicators)), "files", "indicators.csv" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(data)), "files", "data.csv" },
        };
        var owner = Visitors.First(v => v is { Role: Role.Owner, At: var at } && at == Land).Program;
        var added = await owner.PostAsync($"api/places/{Land}/indices", form, Cancel);
        Assert.True(added.IsSuccessStatusCode, await added.Content.ReadAsStringAsync(Cancel));
        Values[Land]["id"] = added.Headers.Location!.OriginalString.Split('/')[^1];
        Values[Land]["code"] = $"{Land}-public";
        Word($"index of {Land}", $"word-index-{Land}", v => May(v, Right.ViewPlace, Land));
    }

    /// <summary>What nobody may read, ever.</summary>
    private async Task SecretsAsync()
    {
        await using var scope = server.Services.CreateAsyncScope();
        var platform = scope.ServiceProvider.GetRequiredService<Michi.Platform.PlatformDb>();
        foreach (var account in await platform.Accounts.AsNoTracking().ToListAsync(Cancel))
        {
            Word("hash of a password", account.PasswordHash, _ => false);
            Word("security stamp", account.SecurityStamp, _ => false);
        }
        foreach (var hash in await platform.Tokens.Select(t => t.Hash).ToListAsync(Cancel)) Word("hash of a token", hash, _ => false);
        var assessment = scope.ServiceProvider.GetRequiredService<AssessmentDb>();
        foreach (var hash in await assessment.Assessors.Select(a => a.LinkHash).ToListAsync(Cancel)) Word("hash of an assessor's link", hash, _ => false);
        foreach (var hash in await assessment.ShareLinks.Select(a => a.Hash).ToListAsync(Cancel)) Word("hash of a link to a report", hash, _ => false);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    [GeneratedRegex("/sign-in\\?back=[^\"]*")]
    private static partial Regex Back();

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
