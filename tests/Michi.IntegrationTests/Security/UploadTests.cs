using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Security;

/// <summary>Files larger than the installation takes (2 MB here): a sentence in the reader's language, never a broken connection.</summary>
public sealed class UploadTests(MichiServer server)
{
    private const int TooLarge = 2_500_000, FarTooLarge = 6_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("siem-reap/evidence/new/edit", "file", "plan.pdf", "添付ファイルは1〜2000000バイト")]
    [InlineData("siem-reap/import", "file", "survey.xlsx", "ファイルが2MBを")]
    [InlineData("siem-reap/import", "file", "survey.csv", "ファイルが2MBを")]
    [InlineData("siem-reap/import", "file", "survey.json", "ファイルが2MBを")]
    [InlineData("cambodia/indices/new/edit", "files", "table.xlsx", "ファイルが2000000バイト")]
    [InlineData("siem-reap/edit?handler=Place", "boundaryFile", "border.geojson", "境界が500kB")]
    public async Task Post_FileTooLarge_IsToldAtItsField(string page, string field, string name, string sentence)
    {
        var client = await server.SignedInAsync("owner");

        var answer = await SendAsync(client, $"ja/{page}", field, name, TooLarge);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(sentence, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("siem-reap/evidence/new/edit", "file")]
    [InlineData("siem-reap/import", "file")]
    [InlineData("cambodia/indices/new/edit", "files")]
    [InlineData("siem-reap/edit?handler=Place", "boundaryFile")]
    [InlineData("sign-in", "email")]
    public async Task Post_FormFarTooLarge_IsAPageThatSaysSo(string page, string field)
    {
        var client = await server.SignedInAsync("owner");

        var answer = await SendAsync(client, $"ja/{page}", field, "large.bin", FarTooLarge);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("2MBまで", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TooLarge)]
    [InlineData(FarTooLarge)]
    public async Task PostImport_FileTooLarge_IsAProblemInTheLanguageAskedFor(int size)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        program.DefaultRequestHeaders.AcceptLanguage.Add(new StringWithQualityHeaderValue("ja"));

        var answer = await program.PostAsync("api/places/siem-reap/import", new ByteArrayContent(new byte[size]), Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("/problems/too-large", problem.GetProperty("type").GetString());
        Assert.Contains("ファイル", problem.GetProperty("title").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TooLarge, HttpStatusCode.UnprocessableEntity)]
    [InlineData(FarTooLarge, HttpStatusCode.RequestEntityTooLarge)]
    public async Task PostIndex_TableTooLarge_IsAProblem(int size, HttpStatusCode expected)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        using var form = new MultipartFormDataContent { { new StringContent("Index"), "name.en" }, { new StringContent("A source"), "source" }, { new ByteArrayContent(new byte[size]), "files", "table.xlsx" } };

        var answer = await program.PostAsync("api/places/cambodia/indices", form, Cancel);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Post_BodyOfUnknownLengthFarTooLarge_IsRefused()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/places/siem-reap/import") { Content = new ByteArrayContent(new byte[FarTooLarge]) };
        request.Headers.TransferEncodingChunked = true;

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await program.SendAsync(request, Cancel)).StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string page, string field, string name, int size)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await RightsScene.FormTokenAsync(client)), "__RequestVerificationToken" }, { new StringContent("Index"), "name.en" }, { new StringContent("A source"), "source" },
            { new ByteArrayContent(new byte[size]), field, name },
        };
        return await client.PostAsync(page, form, Cancel);
    }
}
