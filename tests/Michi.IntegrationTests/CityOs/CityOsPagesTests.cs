using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.CityOs;

public sealed partial class CityOsPagesTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData("en"), InlineData("ja")]
    public async Task Get_PlaceWithoutData_ShowsHowToSendTheFirstEntity(string language)
    {
        var scene = await CityOsScene.EmptyAsync(server);
        var browser = await server.SignedInAsync(scene.Owner.Email, Person.Password);

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync($"{language}/{scene.Slug}/city-os", Cancel));

        Assert.Contains($"curl -X POST {server.Address}ngsi-ld/v1/entities", page, StringComparison.Ordinal);
        Assert.Contains($"\"NGSILD-Tenant: {scene.Slug}\"", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"/{language}/account\"", page, StringComparison.Ordinal);
        // What stands there works.
        var body = Sent().Match(page).Groups[1].Value;
        var sent = await scene.Program.PostAsync("ngsi-ld/v1/entities", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        Assert.Contains("Streetlight", await browser.GetStringAsync($"{language}/{scene.Slug}/entities", Cancel), StringComparison.Ordinal);
        foreach (var empty in (string[])["entities/map?type=Streetlight", "subscriptions"]) Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"{language}/{scene.Slug}/{empty}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_CityOs_TellsTypesAttributesAndTheLastChange()
    {
        var (scene, browser) = await SceneAsync();

        var types = (await RowsAsync(browser, $"en/{scene.Slug}/city-os?handler=table&format=csv"))[1..];
        Assert.Equal(["AirQualityObserved,4,4", "Cabinet,1,2", "Streetlight,60,5"], types.Select(t => string.Join(',', t.Split(',')[0], t.Split(',')[2], t.Split(',')[3])));
        Assert.Contains("<time datetime=\"20", await browser.GetStringAsync($"en/{scene.Slug}/city-os", Cancel), StringComparison.Ordinal);
        var attributes = await RowsAsync(browser, $"en/{scene.Slug}/city-os/type?name=Streetlight&handler=table&format=csv");
        Assert.Contains(attributes, a => a.StartsWith("power,", StringComparison.Ordinal) && a.EndsWith(",60,100", StringComparison.Ordinal));
        Assert.Contains(attributes, a => a.StartsWith("fedBy,", StringComparison.Ordinal) && a.Contains("Relationship", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"en/{scene.Slug}/city-os/type?name=Nothing", Cancel)).StatusCode);
    }

    [Fact]
    public async Task List_PageByPage_ShowsEachEntityOnce()
    {
        var (scene, browser) = await SceneAsync();
        List<string> seen = [];
        var next = $"/en/{scene.Slug}/entities?type=Streetlight";
        while (next.Length > 0)
        {
            var page = WebUtility.HtmlDecode(await browser.GetStringAsync(next, Cancel));
            seen.AddRange(EntityLink().Matches(page).Select(m => Uri.UnescapeDataString(m.Groups[1].Value)).Where(id => id.Contains("Streetlight", StringComparison.Ordinal)).Distinct());
            next = NextLink().Match(page).Groups[1].Value;
        }
        Assert.Equal(Enumerable.Range(1, CityOsScene.Lights).Select(i => $"urn:ngsi-ld:Streetlight:{i}"), seen);
        Assert.Equal(CityOsScene.Lights + 1, (await RowsAsync(browser, $"en/{scene.Slug}/entities?type=Streetlight&handler=table&format=csv")).Length);
    }

    [Theory]
    [InlineData("type=Streetlight&q=status==\"broken\"", 6)]
    [InlineData("type=Streetlight&q=power>1000", 0)]
    [InlineData("type=Streetlight&id=light:1", 11)]
    [InlineData("id=AirQuality", 4)]
    [InlineData("id=urn:ngsi-ld:Streetlight:1", 1)]
    [InlineData("type=Cabinet&id=urn:ngsi-ld:Streetlight:1", 0)]
    [InlineData("id=light:1&q=status==\"broken\"", 1)]
    [InlineData("type=Nothing", 0)]
    [InlineData("type=Cabinet&after=-5", 1)]
    [InlineData("type=Cabinet&after=abc", 1)]
    public async Task List_WithAFilter_FindsWhatMatches(string query, int expected)
    {
        var (scene, browser) = await SceneAsync();
        var address = $"en/{scene.Slug}/entities?{query.Replace("\"", "%22", StringComparison.Ordinal).Replace(">", "%3E", StringComparison.Ordinal)}";
        Assert.Equal(expected + 1, (await RowsAsync(browser, $"{address}&handler=table&format=csv")).Length);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(address, Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("power>", "途中で終わっています", "expected a value")]
    [InlineData("((((", "途中で終わっています", "expected the name of an attribute")]
    [InlineData("a==1;;b", "6文字目「;b」から先", "character 6")]
    [InlineData("a~=(?=b)", "先読み", "looks ahead")]
    [InlineData("a~=(b", "( または [ が閉じていません", "( or [ is not closed")]
    [InlineData("a~=\"b)\"", "対応する ( がありません", "a ) closes nothing")]
    [InlineData("a~=*b", "*、+、?、{ の前に", "*, +, ? or { has nothing before it")]
    [InlineData("a~=[[:word:]]", "[:word:]という文字クラスはありません", "[:word:] is no class of characters")]
    [InlineData("a~=b{200}{200}", "10,000まで", "may be 10,000")]
    [InlineData("a~=", "正規表現がありません", "regular expression is empty")]
    [InlineData("a~=\\", "正規表現を読み取れません", "cannot be read")]
    public async Task List_QueryThatCannotBeRead_IsToldAtTheField(string q, string japanese, string english)
    {
        var (scene, browser) = await SceneAsync();
        foreach (var handler in (string[])["", "&handler=table&format=csv"])
        {
            var answer = await browser.GetAsync($"ja/{scene.Slug}/entities?type=Streetlight&q={Uri.EscapeDataString(q)}{handler}", Cancel);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
            Assert.Contains("id=\"q-error\"", page, StringComparison.Ordinal);
            Assert.Contains(japanese, page, StringComparison.Ordinal);
        }
        Assert.Contains(english, WebUtility.HtmlDecode(await (await browser.GetAsync($"en/{scene.Slug}/entities?type=Streetlight&q={Uri.EscapeDataString(q)}", Cancel)).Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Entity_ShowsValuesWithUnitsAndLeadsToOthers()
    {
        var (scene, browser) = await SceneAsync();
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync($"en/{scene.Slug}/entities/entity?id={CityOsScene.Light}", Cancel));
        Assert.Contains("Street light 7 (made up)", page, StringComparison.Ordinal);
        Assert.Matches("Unit code: WTT\">W</abbr>", page);
        Assert.Contains($"/en/{scene.Slug}/entities/entity?id={Uri.EscapeDataString(CityOsScene.Cabinet)}", page, StringComparison.Ordinal);
        Assert.Contains("\"accuracy\"", page, StringComparison.Ordinal);
        Assert.Contains("街路灯7（架空）", await browser.GetStringAsync($"ja/{scene.Slug}/entities/entity?id={CityOsScene.Light}", Cancel), StringComparison.Ordinal);
        var json = await browser.GetFromJsonAsync<JsonElement>($"en/{scene.Slug}/entities/entity?id={CityOsScene.Light}&handler=json", Cancel);
        Assert.Equal("WTT", json.GetProperty("power").GetProperty("unitCode").GetString());
        foreach (var missing in (string[])["urn:ngsi-ld:Streetlight:0", "", "x"]) Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"en/{scene.Slug}/entities/entity?id={missing}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_EntityWithStrangeValues_IsShown()
    {
        var (scene, browser) = await SceneAsync();
        const string body = """
            {"id": "https://example.org/things?a=1#b", "type": ["https://example.org/types#Thing", "Other"], "scope": ["/a", "/b"], "none": {"type": "Property", "value": []}, "deep": {"value": {"a": [1, {"b": "<script>"}]}},
             "flag": true, "huge": 1e300, "tiny": {"value": 1e-12, "unitCode": "XYZ"}, "text": "a\nb <img src=x>", "when": {"value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}}, "word": {"type": "VocabProperty", "vocab": ["one", "two"]},
             "words": {"languageMap": {"fr": ["un", "deux"]}}, "list": {"type": "ListProperty", "valueList": [1, "a"]}, "to": {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]}, "toAll": {"type": "ListRelationship", "objectList": [{"object": "urn:x:3"}]},
             "any": {"type": "JsonProperty", "json": {"value": 1}}, "both": [{"value": 1, "datasetId": "urn:x:d"}, {"value": 2}], "area": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 4], [1, 2]]]}},
             "nested": {"value": 1, "of": {"value": 2, "of2": {"type": "Relationship", "object": "urn:x:4"}}}}
            """;
        Assert.Equal(HttpStatusCode.Created, (await scene.Program.PostAsync("ngsi-ld/v1/entities", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel)).StatusCode);
        foreach (var language in (string[])["en", "ja"])
        {
            var page = await browser.GetStringAsync($"{language}/{scene.Slug}/entities/entity?id=https%3A%2F%2Fexample.org%2Fthings%3Fa%3D1%23b&attribute=both&dataset=urn:x:d&period=decade", Cancel);
            Assert.DoesNotContain("<script>", page.Replace("<script src", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
            Assert.Contains("urn:x:4", page, StringComparison.Ordinal);
            Assert.Contains("Thing", await browser.GetStringAsync($"{language}/{scene.Slug}/entities?type=Other", Cancel), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"{language}/{scene.Slug}/entities/map?type={Uri.EscapeDataString("https://example.org/types#Thing")}", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"{language}/{scene.Slug}/city-os/type?name={Uri.EscapeDataString("https://example.org/types#Thing")}", Cancel)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"en/{scene.Slug}/entities?type=Other&handler=table&format=xlsx", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Set_HowLongHistoryIsKept_IsShownRecordedAndInForce()
    {
        var (scene, browser) = await SceneAsync();
        var address = $"en/{scene.Slug}/city-os/history";
        Assert.Contains("for ever", await browser.GetStringAsync(address, Cancel), StringComparison.Ordinal);
        foreach (var (fields, wrong) in ((Dictionary<string, string>, string)[])
            [
                (new() { ["type"] = "AirQualityObserved", ["days"] = "0", ["period"] = "3600", ["sure"] = "true" }, "days"),
                (new() { ["type"] = "AirQualityObserved", ["days"] = "-3", ["period"] = "3600", ["sure"] = "true" }, "days"),
                (new() { ["type"] = "AirQualityObserved", ["days"] = "10", ["detail"] = "10", ["period"] = "3600", ["sure"] = "true" }, "detail"),
                (new() { ["type"] = "AirQualityObserved", ["days"] = "10", ["period"] = "7", ["sure"] = "true" }, "period"),
                (new() { ["type"] = "AirQualityObserved", ["days"] = "10", ["period"] = "3600" }, "sure"),
                (new() { ["type"] = "Nothing", ["days"] = "10", ["period"] = "3600", ["sure"] = "true" }, "type"),
                (new() { ["type"] = "", ["period"] = "3600" }, "days"),
            ])
        {
            var refused = await MichiServer.PostAsync(browser, address, fields, $"{address}?handler=Set");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Contains($"href=\"#{wrong}\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(browser, address, new() { ["type"] = "AirQualityObserved", ["days"] = "２０", ["detail"] = "10", ["period"] = "86400", ["sure"] = "true" }, $"{address}?handler=Set")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(browser, address, new() { ["type"] = "", ["days"] = "5", ["period"] = "3600", ["sure"] = "true" }, $"{address}?handler=Set")).StatusCode);

        Assert.Equal(["All other types,,5,,", "AirQualityObserved,https://uri.etsi.org/ngsi-ld/default-context/AirQualityObserved,20,10,86400"], (await RowsAsync(browser, $"{address}?handler=table&format=csv"))[1..3]);
        Assert.Contains("10 days, then means over one day", await browser.GetStringAsync(address, Cancel), StringComparison.Ordinal);
        Assert.Contains("10日、その後は1日ごとの平均値", WebUtility.HtmlDecode(await browser.GetStringAsync($"ja/{scene.Slug}/city-os/history?type=AirQualityObserved", Cancel)), StringComparison.Ordinal);
        await server.Services.GetRequiredService<Michi.CityOs.History.IHistory>().TidyNowAsync(Cancel);
        var told = await scene.Program.GetFromJsonAsync<JsonElement>($"ngsi-ld/v1/temporal/entities/{CityOsScene.Sensor}?attrs=pm25", Cancel);
        // Of the month of hours, ten or eleven days are single values, ten more a mean each.
        Assert.InRange(told.GetProperty("pm25").GetArrayLength(), 10 * 24 + 9, 11 * 24 + 11);

        // The shorter time of all other types would count then.
        var unsure = await MichiServer.PostAsync(browser, address, new() { ["type"] = "AirQualityObserved" }, $"{address}?handler=Remove");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unsure.StatusCode);
        Assert.Contains("href=\"#remove-sure\"", await unsure.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(browser, address, new() { ["type"] = "AirQualityObserved", ["sure"] = "true" }, $"{address}?handler=Remove")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await MichiServer.PostAsync(browser, address, new() { ["type"] = "AirQualityObserved" }, $"{address}?handler=Remove")).StatusCode);
        var lines = await server.LookAsync(db => db.Audit.Where(a => a.Action.StartsWith("history.") && a.PlaceId == db.Places.First(p => p.Slug == scene.Slug).Id).OrderBy(a => a.Id).Select(a => $"{a.Action} {a.Subject}").ToListAsync(Cancel));
        Assert.Equal(["history.set-lifetime AirQualityObserved 20 d 10 d 86400 s", "history.set-lifetime * 5 d ∞ 3600 s", "history.remove-lifetime AirQualityObserved"], lines);
    }

    [Fact]
    public async Task Get_HistoryOfADay_TellsEachValueWithItsInstance()
    {
        var (scene, browser) = await SceneAsync();
        var address = $"en/{scene.Slug}/entities/entity?id={CityOsScene.Sensor}&attribute=pm25";
        var rows = await RowsAsync(browser, $"{address}&period=day&handler=table&table=history&format=csv");
        // The one a whole day ago may just have left the period.
        Assert.InRange(rows.Length - 1, 23, 24);
        Assert.All(rows[1..], r => Assert.Matches(@"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ,[\d.]+,GQ,urn:ngsi-ld:instance:", r));

        var told = await scene.Program.GetFromJsonAsync<JsonElement>($"ngsi-ld/v1/temporal/entities/{CityOsScene.Sensor}?attrs=pm25&lastN=1", Cancel);
        var last = told.GetProperty("pm25")[0];
        Assert.StartsWith($"{last.GetProperty("observedAt").GetString()},{last.GetProperty("value").GetDouble().ToString(System.Globalization.CultureInfo.InvariantCulture)},GQ,{last.GetProperty("instanceId").GetString()}", rows[^1], StringComparison.Ordinal);
        var page = await browser.GetStringAsync($"{address}&period=day", Cancel);
        Assert.Contains("time-plot", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_HistoryOfAMonth_PutsManyValuesTogether()
    {
        var (scene, browser) = await SceneAsync();
        var address = $"en/{scene.Slug}/entities/entity?id={CityOsScene.Sensor}&attribute=pm25&period=month&handler=table&table=history&format=csv";
        var rows = await RowsAsync(browser, address);
        Assert.InRange(rows.Length - 1, 119, 121);
        var counts = rows[1..].Select(r => int.Parse(r.Split(',')[5], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(counts.Sum(), CityOsScene.Hours - 1, CityOsScene.Hours);
        // The same as the standard's own aggregation tells.
        var first = rows[2].Split(',');
        var told = await scene.Program.GetFromJsonAsync<JsonElement>($"ngsi-ld/v1/temporal/entities/{CityOsScene.Sensor}?attrs=pm25&format=aggregatedValues&aggrMethods=avg,min,max&aggrPeriodDuration=PT6H&timerel=between&timeAt={first[0]}&endTimeAt={first[1]}", Cancel);
        foreach (var (method, column) in ((string, int)[])[("avg", 2), ("min", 3), ("max", 4)])
            Assert.Equal(told.GetProperty("pm25").GetProperty(method)[0][0].GetDouble(), double.Parse(first[column], System.Globalization.CultureInfo.InvariantCulture), 9);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"en/{scene.Slug}/entities/entity?id={CityOsScene.Sensor}&attribute=name&handler=table&table=history&format=csv", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_MapPoints_AreThoseOfTheTypeAndOfNobodyElse()
    {
        var (scene, browser) = await SceneAsync();
        var answer = await browser.GetAsync($"en/{scene.Slug}/entities/map?type=Streetlight&handler=points", Cancel);
        Assert.Equal(("application/geo+json", "no-store"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.ToString()));
        var points = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(CityOsScene.Lights, points.GetProperty("features").GetArrayLength());
        Assert.Equal("Polygon", points.GetProperty("boundary").GetProperty("type").GetString());
        Assert.Equal(CityOsScene.Lights + 1, (await RowsAsync(browser, $"en/{scene.Slug}/entities/map?type=Streetlight&handler=table&format=csv")).Length);

        var stranger = await server.PersonAsync(Role.Owner, "siem-reap");
        var elsewhere = await (await server.SignedInAsync(stranger.Email, Person.Password)).GetAsync($"en/{scene.Slug}/entities/map?type=Streetlight&handler=points", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Post_PauseResumeDelete_ChangesTheSubscriptionAndIsInTheLog()
    {
        var (scene, browser) = await SceneAsync();
        await scene.SubscribeAsync();
        var page = $"en/{scene.Slug}/subscriptions";
        const string id = "urn:ngsi-ld:Subscription:Archive";
        Assert.DoesNotContain("key=secret", await browser.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9", await browser.GetStringAsync(page, Cancel), StringComparison.Ordinal);

        foreach (var (handler, status) in ((string, string)[])[("Pause", "paused"), ("Resume", "active")])
        {
            Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(browser, page, new() { ["id"] = id }, $"{page}?handler={handler}")).StatusCode);
            Assert.Equal(status, (await scene.Program.GetFromJsonAsync<JsonElement>($"ngsi-ld/v1/subscriptions/{id}", Cancel)).GetProperty("status").GetString());
        }
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(browser, page, new() { ["id"] = id }, $"{page}?handler=Delete")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Program.GetAsync($"ngsi-ld/v1/subscriptions/{id}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await MichiServer.PostAsync(browser, page, new() { ["id"] = id }, $"{page}?handler=Delete")).StatusCode);

        var lines = await server.LookAsync(db => db.Audit.Where(a => a.Subject == id && a.AccountId == scene.Owner.Id).OrderBy(a => a.Id).Select(a => a.Action).ToListAsync(Cancel));
        Assert.Equal(["subscription.pause", "subscription.resume", "subscription.delete"], lines);
        var rows = await RowsAsync(browser, $"{page}?handler=table&format=csv");
        Assert.Contains(rows, r => r.StartsWith("Control room (made up),urn:ngsi-ld:Subscription:Control,Active,http://127.0.0.1:9,Streetlight,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_ByOneWhoOnlyReads_IsRefused()
    {
        var (scene, _) = await SceneAsync();
        await scene.SubscribeAsync();
        var reader = await server.PersonAsync(Role.Facilitator, scene.Slug);
        var browser = await server.SignedInAsync(reader.Email, Person.Password);
        var page = $"en/{scene.Slug}/subscriptions";
        Assert.DoesNotContain("handler=Delete", await browser.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        foreach (var handler in (string[])["Pause", "Resume", "Delete"])
            Assert.Equal(HttpStatusCode.Forbidden, (await MichiServer.PostAsync(browser, page, new() { ["id"] = "urn:ngsi-ld:Subscription:Archive" }, $"{page}?handler={handler}")).StatusCode);
    }

    [Fact]
    public async Task Get_Administration_TellsEveryTenant()
    {
        var (scene, ofPlace) = await SceneAsync();
        var owner = await server.PersonAsync(Role.Owner);
        var browser = await server.SignedInAsync(owner.Email, Person.Password);
        var rows = await RowsAsync(browser, "en/admin/city-os?handler=table&format=csv");
        Assert.Contains(rows, r => r.StartsWith($"{scene.Slug},Sample city (made up),65,3,20", StringComparison.Ordinal));
        Assert.Matches("[KMG]iB", await browser.GetStringAsync("en/admin/city-os", Cancel));
        Assert.Equal(HttpStatusCode.Forbidden, (await ofPlace.GetAsync("en/admin/city-os", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_Metrics_TellsTheFiguresToAdministratorsAlone()
    {
        var scene = await CityOsScene.NewAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner), "read");
        var answer = await program.GetAsync("api/metrics", Cancel);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Matches("(?m)^michi_cityos_store_bytes [1-9]", text);
        Assert.Matches("(?m)^michi_cityos_changes_waiting\\{reader=\"history\"\\} [0-9]+$", text);
        // Every line is a comment or a name with a value.
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => Assert.Matches("^(# (HELP|TYPE) michi_[a-z_]+ .+|michi_[a-z_]+(\\{[a-z]+=\"[^\"]*\"\\})? [0-9]+)$", l));
        Assert.Equal(HttpStatusCode.Forbidden, (await scene.Program.GetAsync("api/metrics", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous().GetAsync("api/metrics", Cancel)).StatusCode);
    }

    private async Task<(CityOsScene Scene, HttpClient Browser)> SceneAsync()
    {
        var scene = await CityOsScene.NewAsync(server);
        return (scene, await server.SignedInAsync(scene.Owner.Email, Person.Password));
    }

    private static async Task<string[]> RowsAsync(HttpClient browser, string address)
    {
        var answer = await browser.GetAsync(address, Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{address}: {answer.StatusCode}");
        return (await answer.Content.ReadAsStringAsync(Cancel)).TrimStart('\ufeff').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex("-d '(.*?)'")]
    private static partial Regex Sent();

    [GeneratedRegex("entities/entity\\?id=([^\"&]+)\"")]
    private static partial Regex EntityLink();

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"")]
    private static partial Regex NextLink();
}
