using System.Text.Json;
using Michi.CityOs.Api;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>What this broker itself did with its part of a request.</summary>
/// <param name="Refusal">Null where it did something.</param>
/// <param name="Body">Of its answer; null for none.</param>
internal sealed record LocalRun(NgsiLdException? Refusal, int Status, JsonElement? Body)
{
    /// <summary>Runs an operation on a request like one that came in, limited to this broker, with another body.</summary>
    public static async Task<LocalRun> OfAsync(NgsiLdCall call, NgsiLdApi.Operation operation, string[] parts, byte[] body)
    {
        var from = call.Http;
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = from.RequestServices, User = from.User, RequestAborted = from.RequestAborted };
        var request = http.Request;
        (request.Method, request.Scheme, request.Host, request.PathBase, request.Path) = (from.Request.Method, from.Request.Scheme, from.Request.Host, from.Request.PathBase, from.Request.Path);
        request.QueryString = from.Request.QueryString.Add("local", "true");
        foreach (var (name, value) in from.Request.Headers) request.Headers[name] = value;
        request.Body = new MemoryStream(body);
        request.ContentLength = body.Length;
        http.Response.Body = answer;
        try
        {
            await operation(new NgsiLdCall(http, call.Services, call.Tenant), parts);
        }
        catch (NgsiLdException refusal)
        {
            return new(refusal, refusal.Status, null);
        }
        JsonElement? told = null;
        if (answer.Length > 0)
        {
            using var document = JsonDocument.Parse(answer.ToArray());
            told = document.RootElement.Clone();
        }
        return new(null, http.Response.StatusCode, told);
    }
}
