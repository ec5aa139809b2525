// MediatR, registered by hand (docs/adr/0003): handlers and rules by scanning, behaviours in the order in which they
// are listed in Program.cs.
using FluentValidation;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Domain;

namespace Rdfe.Api.Pipeline;

public static class Mediation
{
    public static IServiceCollection AddPipeline(this IServiceCollection services, params Type[] behaviours)
    {
        var types = typeof(Mediation).Assembly.GetTypes().Where(t =>
            t is { IsAbstract: false, IsInterface: false }).ToArray();
        foreach (var command in types.Where(t => t.IsAssignableTo(typeof(ICommand))))
        {
            foreach (var behaviour in behaviours)
            {
                services.AddScoped(
                    typeof(IPipelineBehavior<,>).MakeGenericType(command, typeof(Outcome<Reply>)),
                    behaviour.MakeGenericType(command));
            }
        }

        foreach (var handler in types)
        {
            foreach (var served in handler.GetInterfaces().Where(i =>
                i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddScoped(served, handler);
            }
        }

        AssemblyScanner.FindValidatorsInAssembly(typeof(Mediation).Assembly, includeInternalTypes: true)
            .ForEach(found => services.AddSingleton(found.InterfaceType, found.ValidatorType));
        services.AddScoped<ServiceFactory>(provider => type => provider.GetService(type)!);
        services.AddScoped<IMediator, Mediator>();
        services.AddScoped<Call>();
        services.AddScoped<CommandUnit>();
        services.AddSingleton<KeysInFlight>();
        return services;
    }
}
