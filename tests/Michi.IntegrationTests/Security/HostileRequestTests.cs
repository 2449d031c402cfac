using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Michi.Assessment;
using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Http.Metadata;

namespace Michi.IntegrationTests.Security;

/// <summary>Every door with values nobody means well by, sent by somebody who may do everything: whatever comes, the program answers, and never with a fault of its own.</summary>
/// <remarks>On a server of its own, for what is sent may well be taken. The values are drawn from a seed: a fault shows again.</remarks>
public sealed class HostileRequestTests
{
    private const int Seed = 20261122, Rounds = 10;
    private const string Place = "somewhere";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Values as they stand in an address or an urlencoded form.</summary>
    private static readonly string[] Encoded =
    [
        "", "+", "%00", "a%00b", "%FF%FE", "%C3%28", "%ED%A0%80", "%0D%0ASet-Cookie:%20x=1", "..%2F..%2F..%2Fetc%2Fpasswd", "%2e%2e%5c%2e%2e", "%27%20OR%201=1--", "%3Cscript%3Ealert(1)%3C/script%3E", "%7B0%7D", "%7B",
        "-1", "0", "2147483648", "9223372036854775808", "-9223372036854775809", "1e999", "NaN", "0x1F", "1.5", "%F0%A0%AE%B7", "%E2%80%AE", "%E3%81%82", "null", "true", "00000000-0000-0000-0000-000000000000", "9999-12-31", "0001-01-01", "10000-01-01", "new",
        "%25", "%5B%5D", new string('x', 3000), string.Concat(Enumerable.Repeat("%EF%BF%BD", 300)), "city:cambodia", "T4", "Owner", "read",
    ];

    /// <summary>Values as they stand in JSON.</summary>
    private static readonly string[] Json =
    [
        "null", "true", "\"\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u202e\"", "0", "-1", "1e400", "-1e400", "2147483648", "99999999999999999999", "1.5", "[]", "{}", "[null]", "{\"a\":null}", "{\"\\u0000\":\"x\"}",
        "{\"en\":\"\\u0000\"}", "{\"en\":null}", "{\"en\":\"x\"}", "{\"T4\":\"supports\"}", "\"document\"", "\"high\"", "\"2024\"", "\"9999-99-99\"", "[[[[[[[[[[]]]]]]]]]]", "\"" + new string('x', 20_000) + "\"", "{\"type\":\"Polygon\",\"coordinates\":[[[1e308,1e308]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":null}", "\"<script>\"", "\"KH\"", "\"city\"", "\"somewhere\"",
    ];

    [Fact]
    public async Task Send_HostileValuesToEveryDoor_IsNeverAServerError()
    {
        await using var server = await MichiServer.EmptyAsync();
        Assert.Empty((await server.Services.ImportAsync(new(new PlaceFile
        {
            Places = [new() { Slug = Place, Kind = "country", CountryCode = "KH", Names = new() { ["en"] = "Somewhere" } }],
            Evidence = [new() { Id = "fact", Place = Place, Kind = "document", Quality = "high", Source = "a source", Elements = new() { ["T4"] = "supports" }, Statement = new() { ["en"] = "A fact" } }],
        }, []), new() { IsPublic = true }, progress: null, Cancel)).Problems);
        var owner = await server.PersonAsync(Role.Owner);
        var browser = await server.SignedInAsync(owner.Email, Person.Password);
        var program = await server.ProgramAsync(owner);
        var token = await RightsScene.FormTokenAsync(browser);
        var random = new Random(Seed);
        var faults = new List<string>();
        var sent = 0;
        // Signing out would end the visit; what guesses secrets is held back after a few tries.
        foreach (var door in (await Door.AllAsync(server)).Where(d => !d.Path.Contains("/sign-out", StringComparison.Ordinal) && !d.Path.StartsWith("/error", StringComparison.Ordinal)))
        {
            for (var round = 0; round < Rounds; round++)
            {
                using var request = RequestOf(door, token, random);
                // From an address of its own each, so that no limit keeps the request out.
                request.Headers.Add("X-Forwarded-For", $"10.9.{sent / 250}.{sent++ % 250}");
                var told = $"{request.Method} {request.RequestUri}";
                using var answer = await (door.IsApi ? program : browser).SendAsync(request, Cancel);
                if ((int)answer.StatusCode >= 500 && !IsHonest(answer)) faults.Add($"{(int)answer.StatusCode} {door}: {Short(told)} {Short(request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(Cancel)))}");
                Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(c => c.StartsWith("x=", StringComparison.Ordinal)), told);
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} of {sent}:\n{string.Join('\n', faults.Take(40))}");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"en/{Place}", Cancel)).StatusCode);

        // A report that cannot be printed here says so.
        static bool IsHonest(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        static string Short(string text) => text.Length > 400 ? text[..400] + "…" : text;
    }

    private static HttpRequestMessage RequestOf(Door door, string token, Random random)
    {
        string Any() => Encoded[random.Next(Encoded.Length)];
        var values = new Dictionary<string, string> { ["place"] = Place, ["code"] = "fact" };
        // Now and then a part of the address itself; an empty one would be another address.
        if (random.Next(3) == 0 && door.Route.RoutePattern.Parameters.Where(p => p.Name is not "lang").ToList() is { Count: > 0 } parts && Any() is { Length: > 0 } part) values[parts[random.Next(parts.Count)].Name] = part;
        var names = door.Inputs.Append("x").ToList();
        var query = string.Join('&', names.Where(_ => random.Next(2) == 0).Select(n => $"{n}={Any()}"));
        var request = new HttpRequestMessage(new(door.Method), new Uri(door.Address(values, door.IsRead || random.Next(3) == 0 ? query : ""), UriKind.Relative));
        if (door.IsRead || door.Method == "DELETE") return request;

        var accepts = door.Route.Metadata.GetMetadata<IAcceptsMetadata>();
        if (!door.IsApi || accepts?.ContentTypes.Contains("multipart/form-data") == true)
        {
            string[] more = ["version", "source", "name.en", "statement.en", "says.T4", "kind", "quality", "date", "internal", "files"];
            var fields = names.Concat(more).ToList();
            if (door.IsApi || random.Next(3) == 0)
            {
                var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" } };
                foreach (var field in fields.Where(_ => random.Next(2) == 0))
                {
                    var bytes = new ByteArrayContent(Bytes(Any()));
                    if (field is "file" or "files" or "boundaryFile") form.Add(bytes, field, random.Next(2) == 0 ? "../../x.csv" : "x.json");
                    else form.Add(bytes, field);
                }
                request.Content = form;
            }
            else
            {
                request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes($"__RequestVerificationToken={Uri.EscapeDataString(token)}&{string.Join('&', fields.Select(n => $"{n}={Any()}"))}"));
                request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
            }
        }
        else
        {
            request.Content = new StringContent(accepts?.RequestType is { } type ? JsonOf(type, random, 0) : Json[random.Next(Json.Length)], Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }
        return request;
    }

    private static byte[] Bytes(string encoded)
    {
        var bytes = Encoding.UTF8.GetBytes(encoded);
        return WebUtility.UrlDecodeToBytes(bytes, 0, bytes.Length) ?? [];
    }

    /// <summary>JSON of the shape a type has, with now one value and now another that does not belong there.</summary>
    private static string JsonOf(Type type, Random random, int depth)
    {
        if (depth > 3 || random.Next(8) == 0 || type == typeof(string) || type.IsValueType) return Json[random.Next(Json.Length)];
        if (type.IsGenericType && type.GetGenericArguments() is [var element]) return $"[{string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => JsonOf(element, random, depth + 1)))}]";
        if (type.IsGenericType) return Json[random.Next(Json.Length)];
        return $"{{{string.Join(',', type.GetProperties().Where(_ => random.Next(5) > 0).Select(p => $"\"{JsonNamingPolicy.CamelCase.ConvertName(p.Name)}\":{JsonOf(p.PropertyType, random, depth + 1)}"))}}}";
    }
}
