using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;

namespace Michi.IntegrationTests.Exchange;

/// <summary>A country of its own with a city, a second city and evidence about each.</summary>
internal sealed partial class ExchangeScene
{
    private ExchangeScene(MichiServer server) => Server = server;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public MichiServer Server { get; }

    public string Country { get; } = $"land-{Guid.NewGuid().ToString("N")[..10]}";

    public string City => $"{Country}-city";

    public string Other => $"{Country}-other";

    public static ContentPack Pack { get; } = PackReader.Read(Path.Combine(AppContext.BaseDirectory, "content", "approach")).Pack!;

    public static UiTexts Texts { get; } = new(Path.Combine(AppContext.BaseDirectory, "content", "ui"));

    public static async Task<ExchangeScene> NewAsync(MichiServer server, bool isPublic = true)
    {
        var scene = new ExchangeScene(server);
        await scene.AddAsync(new()
        {
            Note = new() { ["en"] = "A land that is not." },
            Places =
            [
                new() { Slug = scene.Country, Kind = "country", Names = new() { ["en"] = "Land" }, CountryCode = "KH", Facts = [new() { Kind = "population", Value = "1000000", Source = "Census", Date = "2020" }] },
                new() { Slug = scene.City, Kind = "city", Parent = scene.Country, Names = new() { ["en"] = "City", ["ja"] = "都市", ["km"] = "ទីក្រុង" }, Latitude = 13.36, Longitude = 103.86 },
                new() { Slug = scene.Other, Kind = "city", Parent = scene.Country, Names = new() { ["en"] = "Other" } },
            ],
            Evidence =
            [
                scene.Evidence("land", scene.Country), scene.Evidence("open", scene.City) with { Attachments = [new() { Name = "scan.pdf", MediaType = "application/pdf", Bytes = [1, 2, 3] }] },
                scene.Evidence("inside", scene.City) with { Kind = "interview", Internal = true }, scene.Evidence("gone", scene.City) with { Retired = "It was wrong." }, scene.Evidence("other", scene.Other),
            ],
        }, isPublic);
        return scene;
    }

    public FileEvidence Evidence(string id, string place) => new()
    {
        Id = $"{Country}-{id}",
        Place = place,
        Kind = "document",
        Quality = "high",
        Elements = new() { ["P1"] = "supports", ["T4"] = "absent" },
        Source = $"https://example.org/{id}",
        Date = "2023-09",
        Statement = new() { ["en"] = $"Fact {id}, \"quoted\"", ["ja"] = $"事実{id}" },
    };

    public async Task AddAsync(PlaceFile file, bool isPublic = true) =>
        Assert.Empty((await Server.Services.ImportAsync(new(file, []), new() { IsPublic = isPublic }, progress: null, Cancel)).Problems);

    /// <summary>The place as it stands, with everything.</summary>
    public async Task<PlaceFile> StandsAsync(string place) => (await Server.Services.ExportAsync(place, withFiles: true, Cancel))!;

    public static byte[] Workbook(PlaceFile file, string language = "en")
    {
        using var stream = new MemoryStream();
        PlaceWorkbook.Write(stream, file, Pack, Texts, language);
        return stream.ToArray();
    }

    /// <summary>Sends a file to the import of a place through the API.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Answer)> ImportAsync(HttpClient program, string place, byte[] file, bool check = false)
    {
        var answer = await program.PostAsync($"api/places/{place}/import{(check ? "?check=true" : "")}", new ByteArrayContent(file), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        return (answer.StatusCode, text.Length > 0 ? JsonElement.Parse(text) : default);
    }

    /// <summary>Sends a file with the form of the import page.</summary>
    public static async Task<(HttpResponseMessage Answer, string Html)> UploadAsync(HttpClient browser, string page, byte[]? file, string name = "survey.xlsx", bool check = false)
    {
        var form = await browser.GetStringAsync(page, Cancel);
        using var content = new MultipartFormDataContent { { new StringContent(FormToken().Match(form).Groups[1].Value), "__RequestVerificationToken" } };
        if (file is not null) content.Add(new ByteArrayContent(file), "file", name);
        if (check) content.Add(new StringContent("true"), "check");
        var answer = await browser.PostAsync(page, content, Cancel);
        return (answer, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
