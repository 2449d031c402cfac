using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Michi.IntegrationTests;

public sealed class EvidenceTests(MichiServer server)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static Dictionary<string, string> Form(string statement, string source = "https://example.org/plan") => new()
    {
        ["statement.en"] = statement,
        ["source"] = source,
        ["date"] = "2024-05",
        ["kind"] = "document",
        ["quality"] = "high",
        ["says.P3"] = "supports",
        ["version"] = "0",
    };

    private static async Task<string> AddAsync(HttpClient client, Dictionary<string, string> form)
    {
        var answer = await MichiServer.PostAsync(client, "en/makassar/evidence/new/edit", form);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.OriginalString.Split('/')[^1];
    }

    [Fact]
    public async Task Post_NewEvidence_IsShownWithSourceAndHistory()
    {
        var client = await server.SignedInAsync("assessor");
        var statement = $"The council adopted targets {Guid.NewGuid():N}.";

        var code = await AddAsync(client, Form(statement));

        var page = await client.GetStringAsync($"en/makassar/evidence/{code}", Cancel);
        Assert.Contains(statement, page, StringComparison.Ordinal);
        Assert.Contains("Added", page, StringComparison.Ordinal);
        Assert.Contains(statement, await server.Anonymous().GetStringAsync($"en/makassar/elements/P3", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ChangeBasedOnAnOldVersion_IsRefusedAndNothingIsLost()
    {
        var client = await server.SignedInAsync("assessor");
        var code = await AddAsync(client, Form("First wording."));
        var change = Form("Second wording.");
        change["version"] = "1";
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, $"en/makassar/evidence/{code}/edit", change)).StatusCode);

        var late = Form("Third wording, based on the first.");
        late["version"] = "1";
        var answer = await MichiServer.PostAsync(client, $"en/makassar/evidence/{code}/edit", late);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Third wording", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var page = await client.GetStringAsync($"en/makassar/evidence/{code}", Cancel);
        Assert.Contains("Second wording.", page, StringComparison.Ordinal);
        Assert.Contains("First wording.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_Retirement_KeepsTheEvidenceVisibleWithItsReason()
    {
        var client = await server.SignedInAsync("assessor");
        var code = await AddAsync(client, Form($"To be retired {Guid.NewGuid():N}."));

        await MichiServer.PostAsync(client, $"en/makassar/evidence/{code}", new() { ["version"] = "1", ["reason"] = "The page was withdrawn." });

        Assert.Contains("The page was withdrawn.", await server.Anonymous().GetStringAsync($"en/makassar/evidence/{code}", Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(code, await server.Anonymous().GetStringAsync("en/makassar/evidence", Cancel), StringComparison.Ordinal);
        Assert.Contains(code, await server.Anonymous().GetStringAsync("en/makassar/evidence?retired=true", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_InternalEvidence_IsHiddenFromThePublicOnEveryPage()
    {
        var client = await server.SignedInAsync("assessor");
        var secret = $"Said in confidence {Guid.NewGuid():N}.";
        var form = Form(secret);
        form["internal"] = "true";
        var code = await AddAsync(client, form);

        foreach (var path in new[] { "en/makassar/evidence", "en/makassar/elements/P3", "en/makassar", "en/makassar/profile", "api/places/makassar/evidence" })
        {
            var text = await server.Anonymous().GetStringAsync(path, Cancel);
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(code, text, StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/makassar/evidence/{code}", Cancel)).StatusCode);
        Assert.Contains(secret, await client.GetStringAsync("en/makassar/evidence", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("date", "2567", "calendar")]
    [InlineData("date", "令和5年", "Gregorian")]
    [InlineData("source", "", "missing")]
    [InlineData("kind", "rumour", "not possible")]
    [InlineData("statement.en", "bad \u0007 bell", "cannot be shown")]
    public async Task Post_FaultyField_NamesItAndKeepsWhatWasTyped(string field, string value, string expected)
    {
        var client = await server.SignedInAsync("assessor");
        var form = Form("A statement that must stay in the form.");
        form[field] = value;

        var answer = await MichiServer.PostAsync(client, "en/makassar/evidence/new/edit", form);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains(expected, page, StringComparison.Ordinal);
        if (field != "statement.en") Assert.Contains("A statement that must stay in the form.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_AttachedFile_ComesBackByteForByteAsADownload()
    {
        var client = await server.SignedInAsync("assessor");
        var html = await client.GetStringAsync("en/makassar/evidence/new/edit", Cancel);
        var token = System.Text.RegularExpressions.Regex.Match(html, "__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)").Groups[1].Value;
        byte[] bytes = [.. "<script>alert(1)</script>"u8];
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "計画書.html" } };
        foreach (var (key, value) in Form("With a file.")) form.Add(new StringContent(value), key);
        form.Add(new StringContent(token), "__RequestVerificationToken");

        var answer = await client.PostAsync("en/makassar/evidence/new/edit", form, Cancel);

        var page = await client.GetStringAsync(answer.Headers.Location, Cancel);
        var address = System.Text.RegularExpressions.Regex.Match(page, "href=\"([^\"]+handler=file[^\"]+)\"").Groups[1].Value.Replace("&amp;", "&", StringComparison.Ordinal);
        var file = await client.GetAsync(address, Cancel);
        Assert.Equal(bytes, await file.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("application/octet-stream", file.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Get_Api_ListsEvidenceOfACityWithItsCountrys()
    {
        var rows = await server.Anonymous().GetFromJsonAsync<JsonElement>("api/places/siem-reap/evidence?element=S3", Cancel);

        Assert.Equal(2, rows.EnumerateArray().Count(r => r.GetProperty("inherited").GetBoolean() && r.GetProperty("evidence").GetProperty("id").GetString()!.StartsWith("kh-siem-reap", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Put_ApiWithoutToken_IsUnauthorized()
    {
        var answer = await server.Anonymous().PostAsJsonAsync("api/places/siem-reap/evidence", new { kind = "document" }, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
