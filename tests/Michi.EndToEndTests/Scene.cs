using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Michi.Assessment;
using Michi.CityOs;
using Michi.IntegrationTests;
using Michi.IntegrationTests.CityOs;
using Michi.IntegrationTests.Procurement;
using Michi.IntegrationTests.Rounds;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.EndToEndTests;

/// <summary>What pages show that the sample cities do not have: a place without anything, open and closed rounds, links with secrets, an index, a new installation.</summary>
public sealed class Scene(MichiServer server) : IAsyncLifetime
{
    private const string Indicators = """
        code,name,name_ja,level,parent,direction,weight,unit,target,denominator
        bus,Bus trips per resident,住民1人あたりのバス利用回数,1,service,more,1,trips,,people
        online,Services that can be used online,オンラインで使える手続きの割合,1,service,more,1,%,100,
        cuts,Hours without electricity a year,年間停電時間,1,supply,less,2,hours,0,
        service,Services,サービス,2,all,,1,,,
        supply,Supply,供給,2,all,,2,,,
        all,The index,総合,3,,,,,,
        """;

    private const string Cities = """
        code,name,people,bus,online,cuts
        siem-reap,Siem Reap,245494,490000,20,90
        phnom-penh,Phnom Penh,2281951,9100000,35,40
        x-battambang,Battambang,119251,100000,NA,120
        x-sihanoukville,Sihanoukville,73036,90000,15,60
        x-kampot,Kampot,32053,,,
        """;

    private readonly Dictionary<string, string> _values = [];
    private readonly Dictionary<string, string> _signedIn = [];
    private Person _halfway = null!;

    /// <summary>A second server, as it is after the first start.</summary>
    public MichiServer Fresh { get; private set; } = null!;

    /// <summary>An address with its parts in braces filled in.</summary>
    public string Fill(string path) => _values.Aggregate(path, (p, v) => p.Replace($"{{{v.Key}}}", v.Value, StringComparison.Ordinal));

    /// <summary>The cookies of someone with a role, signed in through the form the first time; null for a visitor.</summary>
    public async Task<string?> SignedInAsync(string role, Browser browser)
    {
        if (role is "first" or "visitor") return null;
        if (_signedIn.TryGetValue(role, out var state)) return state;
        var page = await browser.NewPageAsync(server);
        await Browser.SignInAsync(page, role == "halfway" ? _halfway : await server.PersonAsync(Enum.Parse<Role>(role, ignoreCase: true)));
        _signedIn[role] = await page.Context.StorageStateAsync();
        await page.Context.CloseAsync();
        return _signedIn[role];
    }

    public async ValueTask InitializeAsync()
    {
        Fresh = await MichiServer.EmptyAsync();
        _values["setup"] = (await Fresh.Services.FirstOwnerSecretAsync(default))!;

        var bare = new Assessment.Exchange.PlaceFile { Places = [new() { Slug = "bare", Kind = "city", Parent = "cambodia", Names = new() { ["en"] = "A city nobody has looked at", ["ja"] = "まだ誰も調べていない都市" } }] };
        Assert.Empty((await server.Services.ImportAsync(new(bare, []), new() { IsPublic = true }, progress: null, default)).Problems);

        var open = await RoundScene.NewAsync(server, assessors: 3, rounds: 1);
        (_values["open-place"], _values["open"], _values["rate"]) = (open.Slug, open.Assessment.ToString(), open.Secrets[0]);
        await open.RateAsync(1, "P2", 2, "One reason.");

        await TendersAsync();

        var data = await CityOsScene.NewAsync(server);
        await data.SubscribeAsync();
        (_values["data-place"], _values["no-data-place"]) = (data.Slug, (await CityOsScene.EmptyAsync(server)).Slug);
        // Both kinds of rules, so that taking one away has to be confirmed.
        foreach (var type in (string[])["?type=Cabinet", ""]) Assert.True((await data.Program.PutAsJsonAsync($"api/places/{data.Slug}/city-os/history{type}", new { days = 3_650, sure = true })).IsSuccessStatusCode);

        var demonstration = await CityOsScene.EmptyAsync(server);
        await server.Services.LoadDemonstrationCityAsync(demonstration.Slug, default);
        _values["demonstration-place"] = demonstration.Slug;

        var closed = await RoundScene.NewAsync(server, assessors: 4, rounds: 1);
        (_values["closed-place"], _values["closed"], _values["closed-rate"]) = (closed.Slug, closed.Assessment.ToString(), closed.Secrets[0]);
        await closed.RateAllAsync(("P1", [0, 4, 1, 3]), ("P2", [2, 2, 2, 3]), ("O1", [4, 4, 3, 4]), ("T4", [null, null, null, 0]));
        await closed.CloseAsync(1);

        var facilitator = open.Facilitator;
        _values["shared"] = (await RoundScene.ReadAsync(await facilitator.PostAsJsonAsync("api/places/siem-reap/report/links", new { days = 30 }), HttpStatusCode.Created)).GetProperty("secret").GetString()!;

        using var table = new MultipartFormDataContent
        {
            { new StringContent("Everyday services"), "name.en" }, { new StringContent("日常サービス指数"), "name.ja" }, { new StringContent("Made up for a test"), "source" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(Cities)), "files", "data.csv" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(Indicators)), "files", "indicators.csv" },
        };
        var index = await facilitator.PostAsync("api/places/cambodia/indices", table);
        Assert.True(index.IsSuccessStatusCode, await index.Content.ReadAsStringAsync());
        _values["index"] = index.Headers.Location!.OriginalString.Split('/')[^1];
        while ((await server.Anonymous().GetAsync($"en/cambodia/indices/{_values["index"]}")).StatusCode == HttpStatusCode.Accepted) await Task.Delay(100);

        var owner = await server.SignedInAsync("owner");
        await MichiServer.PostAsync(owner, "en/siem-reap/people", new() { ["email"] = "somchai@example.org", ["role"] = "Assessor" }, "en/siem-reap/people?handler=Give");
        _values["invitation"] = (await owner.GetStringAsync("en/siem-reap/people")).Split("en/join?secret=")[1].Split('<', '"')[0];

        await server.Services.AdoptDemonstrationPlanAsync("siem-reap", default);
        var scenarios = await facilitator.GetFromJsonAsync<JsonElement>("api/places/siem-reap/scenarios");
        var started = await RoundScene.ReadAsync(await facilitator.PostAsJsonAsync("api/places/siem-reap/plans", new { scenario = scenarios[0].GetProperty("id").GetGuid(), seconds = 2 }), HttpStatusCode.Accepted);
        _values["draft"] = started.GetProperty("id").GetString()!;
        while ((await facilitator.GetFromJsonAsync<JsonElement>($"api/places/siem-reap/plans/{_values["draft"]}")).GetProperty("plan").GetProperty("state").GetString() is "waiting" or "running") await Task.Delay(200);
        await using (var scope = server.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
            var plan = await db.Plans.FirstAsync(p => p.AdoptedAt != null);
            // One with something to do and no money.
            var input = plan.Input with { Scenario = plan.Input.Scenario with { Sources = [.. plan.Input.Scenario.Sources.Select(s => s with { Years = [] })] } };
            var contradictory = new Michi.Roadmap.Plans.Plan { Id = Guid.NewGuid(), PlaceId = plan.PlaceId, ScenarioId = plan.ScenarioId, Kind = "solve", Input = input, State = "waiting", CreatedAt = plan.CreatedAt, CreatedBy = plan.CreatedBy };
            db.Plans.Add(contradictory);
            await db.SaveChangesAsync();
            scope.ServiceProvider.GetRequiredService<Michi.Roadmap.Plans.PlanQueue>().Enqueue(contradictory.Id);
            (_values["plan"], _values["contradictory"]) = (plan.Id.ToString(), contradictory.Id.ToString());
            while (await db.PlanAnalyses.CountAsync(a => a.State == "done") < 4) await Task.Delay(200);
        }

        _halfway = await server.PersonAsync(Role.Viewer);
        var client = await server.SignedInAsync(_halfway.Email, Person.Password);
        var key = (await client.GetStringAsync("en/account/second-factor")).Split("name=\"key\" value=\"")[1].Split('"')[0];
        var code = Totp.Code(Totp.FromBase32(key), Totp.StepAt(TimeProvider.System.GetUtcNow()));
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, "en/account/second-factor", new() { ["key"] = key, ["code"] = code }, "en/account/second-factor?handler=On")).StatusCode);
    }

    /// <summary>Tenders, one at each station of their way.</summary>
    private async Task TendersAsync()
    {
        async Task<TenderScene> TenderAsync(string name, bool withBids = true)
        {
            var scene = await TenderScene.NewAsync(server);
            if (withBids) await scene.WithBidsAsync();
            (_values[$"{name}-place"], _values[$"{name}-tender"]) = (scene.Slug, scene.Id.ToString());
            return scene;
        }
        await TenderAsync("draft", withBids: false);
        await TenderAsync("bids");

        var half = await TenderAsync("half");
        await half.DoneAsync("evaluation");
        await half.DeclareAsync("Ann", (1, ""), (2, "A cousin works there."), (3, ""));
        await half.ScoreAsync("Ann", 1, "service", 90);
        (_values["evaluate-half"], _values["evaluate-new"]) = (half.Secrets["Ann"], half.Secrets["Bo"]);

        var again = await TenderAsync("again");
        await again.ScoredAsync();
        await again.DoneAsync("second-round");
        _values["evaluate-again"] = again.Secrets["Bo"];

        var priced = await TenderAsync("priced");
        await priced.ScoredAsync();
        await priced.SealedAsync();
        await priced.PricedAsync();

        var awarded = await TenderAsync("awarded");
        await awarded.ScoredAsync();
        await awarded.SealedAsync();
        await awarded.PricedAsync();
        await awarded.AwardedAsync();
        _values["evaluate-over"] = awarded.Secrets["Ann"];
    }

    public ValueTask DisposeAsync() => Fresh.DisposeAsync();
}
